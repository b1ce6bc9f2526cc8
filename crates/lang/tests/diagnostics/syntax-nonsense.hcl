jobs:
  - test
