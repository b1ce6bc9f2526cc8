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
    WORKDIR   = "/workdir"
    SCRATCH   = "/pikoci"
    CACHE_DIR = "/cache"
    PIKOCI    = "/usr/local/bin/pikoci"
  }

  run {
    path = "docker"
    args = [
      "run", "--rm", "--init",
      "--name", "$step",
      "--label", "pikoci.step=$step",
      "--label", "pikoci.workdir=$WORKDIR",
      "$mounts",
      "-w", "/workdir",
      "--add-host", "host.docker.internal:host-gateway",
      "$network",
      "--entrypoint=",
      "--user=$user",
      # git refuses a clone of another user, and the clone is the worker's.
      "-e", "GIT_CONFIG_COUNT=1", "-e", "GIT_CONFIG_KEY_0=safe.directory", "-e", "GIT_CONFIG_VALUE_0=*",
      "$env",
      "$args",
      "$image",
      # `$0` is the script, `$1` a directory of the worker's. If that is another user than root, and root runs the
      # script, what it wrote is given to the worker afterwards: $4 and $5 are then the owner's numbers.
      "/bin/sh", "-c", <<-SCRIPT
        if [ -O "$1" ] || [ "$(id -u)" != 0 ]; then exec /bin/sh -e "$0"; fi
        /bin/sh -e "$0"
        set -- "$?" $(ls -ldn "$1")
        chown -Rh "$4:$5" /workdir /pikoci
        exit "$1"
      SCRIPT
      , "$cmd_file", "/pikoci",
    ]
  }

  # The engine goes on making a container whose client was ended, so one that is not there yet may still come.
  stop {
    path = "/bin/sh"
    args = ["-c", <<-SCRIPT
      for look in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
        said=$(docker rm -f "$0" 2>&1)
        case $said in
          "$0" | *"already in progress"*) exit 0 ;;
          *"o such container"*) sleep 0.1 ;;
          *) echo "$said" >&2; exit 1 ;;
        esac
      done
    SCRIPT
    , "$step"]
  }

  # 125 is the engine's own trouble: no daemon, no such image.
  error_codes = [125]
}
