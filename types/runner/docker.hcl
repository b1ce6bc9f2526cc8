name        = "docker"
description = "Runs a script in a new container."

runner_type "docker" {
  param "image" {
    required    = true
    description = "the image"
  }

  param "cmd" {
    required    = true
    description = "the script, which `/bin/sh -e` of the image reads"
  }

  param "args" {
    description = "further arguments of `docker run`"
  }

  param "user" {
    default     = ""
    description = "the user in the container, as `name` or `uid:gid`; the image's own if it is not given"
  }

  mounts {
    WORKDIR = "/workdir"
    SCRATCH = "/pikoci"
  }

  run {
    path = "docker"
    args = [
      "run", "--rm", "--init",
      "--name", "$step",
      "--label", "pikoci.step=$step",
      "--label", "pikoci.workdir=$WORKDIR",
      "-v", "$WORKDIR:/workdir",
      "-v", "$SCRATCH:/pikoci",
      "-w", "/workdir",
      "--add-host", "host.docker.internal:host-gateway",
      "--entrypoint=",
      "--user=$user",
      "$env",
      "$args",
      "$image",
      "/bin/sh", "-e", "$cmd_file",
    ]
  }

  stop {
    path = "docker"
    args = ["rm", "-f", "$step"]
  }

  # 125 is the engine's own trouble: no daemon, no such image.
  error_codes = [125]
}
