name = "shop"
job = "test"
