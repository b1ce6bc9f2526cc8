# Nothing replaces a variable outside of a script.
resource "git" "app" {
  params {
    url = "https://example.org/app"
  }
}
resource "git" "build-image" {
  params {
    url = "https://example.org/image"
  }
}
job "test" {
  get "git" "app" { trigger = true }
  get "git" "build-image" {
  }
  task "t" {
    dir = "$GET_APP_REF"
    run "docker" {
      image = "example.org/build@$GET_BUILD_IMAGE_REF"
      cmd   = "make"
      args  = ["-e", "ID=$BUILD_ID"]
    }
  }
}
