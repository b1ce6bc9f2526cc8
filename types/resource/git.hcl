name        = "git"
description = "The commits of a git repository: of a branch, of many branches and pull requests, or its tags."

resource_type "git" {
  # Versions of a single branch have neither key.
  space     = "space"
  untrusted = "untrusted"

  param "url" {
    required    = true
    description = "the address of the repository, as `git clone` takes it; without credentials in it"
  }

  param "branch" {
    description = "the branch; without it the one that the repository's HEAD names"
  }

  param "branches" {
    description = "patterns of branches, a list: each branch is a line of work of its own"
  }

  param "pr" {
    description = "whether open pull requests are watched, each a line of work of its own"
  }

  param "tag" {
    description = "a pattern of tags, or `true` for all; those of one major are one line of work"
  }

  param "paths" {
    description = "patterns as in a `.gitignore`, a list: only commits that change something there count"
  }

  param "ignore_paths" {
    description = "patterns as in a `.gitignore`, a list: changes there do not count"
  }

  param "name" {
    description = "the directory below `$WORKDIR` it is cloned into; without it the repository's name, and `.` is `$WORKDIR` itself"
  }

  param "depth" {
    description = "how many commits a clone has; without it 1, and 0 is the whole history"
  }

  param "submodules" {
    description = "whether submodules are fetched too"
  }

  param "token" {
    sensitive   = true
    description = "the password or token for http and https, and for the forge's API"
  }

  param "username" {
    description = "the name that goes with the token, where the server looks at it"
  }

  param "private_key" {
    sensitive   = true
    description = "the private key for SSH, as text"
  }

  param "provider" {
    description = "what the forge is: github, gitlab, gitea or none; without it known hosts are known"
  }

  param "api_url" {
    description = "the address of the forge's API, where it is not the usual one"
  }

  check "exec" {
    path = "/bin/sh"
    args = ["-ec", "exec \"$PIKOCI\" builtin git check"]
  }

  pull "exec" {
    path = "/bin/sh"
    args = ["-ec", "exec \"$PIKOCI\" builtin git pull"]
  }

  push "exec" {
    path = "/bin/sh"
    args = ["-ec", "exec \"$PIKOCI\" builtin git push"]
  }
}
