name        = "git"
description = "The commits of a branch of a git repository."

resource_type "git" {
  param "url" {
    required    = true
    description = "the address of the repository, as `git clone` takes it"
  }

  param "branch" {
    description = "the branch; without it the one that the repository's HEAD names"
  }

  param "name" {
    description = "the directory below `$WORKDIR` it is cloned into; without it the repository's name, and `.` is `$WORKDIR` itself"
  }

  # Everything that comes from outside arrives as a variable of the environment and is only ever used in quotes,
  # after `--` or behind a prefix: nothing of it is parsed as shell or as an option.
  check "exec" {
    path = "/bin/sh"
    args = ["-efc", <<-SCRIPT
      fail() { printf 'git: %s\n' "$1" >&2; exit 1; }
      export GIT_TERMINAL_PROMPT=0 GIT_NO_LAZY_FETCH=1 branch="$param_branch"
      known=$version_ref
      case $known in *[!0-9a-f]*) fail "\`$known\` is no commit" ;; esac
      case $param_url/ in ./* | ../*) fail "\`$param_url\` is a relative path, and relative to nothing here: give the whole path" ;; esac
      want=HEAD
      if [ "$branch" ]; then want=refs/heads/$branch; fi

      # Most checks end here: has anything moved?
      refs=$(git ls-remote --symref -- "$param_url" "$want") || fail "cannot read the repository \`$param_url\`"
      head=
      while read -r id ref rest; do
        if [ "$ref" = "$want" ]; then head=$id; fi
        if [ "$id" = ref: ] && [ "$rest" = HEAD ]; then branch=$${ref#refs/heads/}; fi
      done <<-REFS
      $refs
      REFS
      if [ -z "$head" ]; then
        if [ "$want" != HEAD ]; then fail "there is no branch \`$branch\` in \`$param_url\`"; fi
        printf 'git: the repository `%s` has no commit yet\n' "$param_url" >&2
        echo '[]'
        exit
      fi
      if [ "$head" = "$known" ]; then echo '[]'; exit; fi

      # Commits without their files, in a repository that is thrown away.
      dir=$SCRATCH/check.git
      mkdir -p "$dir/objects" "$dir/refs"
      echo ref: refs/heads/none >"$dir/HEAD"
      git() {
        command git --git-dir="$dir" -c "remote.origin.url=$param_url" -c remote.origin.promisor=true \
          -c core.fsync=none -c fetch.unpackLimit=1 -c maintenance.auto=false -c gc.auto=0 "$@"
      }
      take() { git fetch -q --no-tags --no-recurse-submodules "$@" origin "+$want:refs/heads/at" 2>"$SCRATCH/error"; }
      fetch() {
        take --filter=tree:0 --depth="$1" || take --depth="$1" || take || {
          cat "$SCRATCH/error" >&2
          fail "cannot fetch from \`$param_url\`"
        }
      }

      # The objects of a repository on this host can be read where they are. Its settings are not: nothing runs
      # in it.
      at=refs/heads/at
      case $param_url in /*)
        for place in "$param_url/.git" "$param_url"; do
          if [ -d "$place/objects" ] && ! [ -e "$place/shallow" ]; then
            mkdir "$dir/objects/info"
            printf '%s\n' "$place/objects" >"$dir/objects/info/alternates"
            at=$head
            fetch() { :; }
            break
          fi
        done ;;
      esac

      # Lines of four become a JSON array, oldest first. With a commit in `until` those from it on are left out,
      # and if it never comes the status is 3.
      list() {
        git log --first-parent --no-show-signature --encoding=UTF-8 --format='tformat:%H%n%cI%n%an%n%s' "$@" -- |
          LC_ALL=C awk '
            BEGIN {
              for (i = 1; i < 256; i++) { c = sprintf("%c", i); code[c] = i; out[c] = c }
              for (i = 1; i < 32; i++) out[sprintf("%c", i)] = sprintf("\\u%04x", i)
              out["\""] = "\\\""; out["\\"] = "\\\\"; out[sprintf("%c", 127)] = "\\u007f"
              until = ENVIRON["until"]
            }
            # How many bytes of well-formed UTF-8 begin at i; 0 if none do.
            function width(s, i,   a, b, n, k) {
              a = code[substr(s, i, 1)]; b = code[substr(s, i + 1, 1)]
              if (a < 128) return 1
              n = (a >= 194 && a < 224) ? 2 : (a >= 224 && a < 240) ? 3 : (a >= 240 && a < 245) ? 4 : 0
              if (a == 224 && b < 160 || a == 237 && b > 159 || a == 240 && b < 144 || a == 244 && b > 143) return 0
              for (k = 1; k < n; k++) { b = code[substr(s, i + k, 1)]; if (b < 128 || b > 191) return 0 }
              return n
            }
            function text(s,   i, n, made) {
              if (s !~ /[^ !#-Z^-~]/) return "\"" s "\""
              for (i = 1; i <= length(s); i += n ? n : 1) {
                n = width(s, i)
                made = made (n == 1 ? out[substr(s, i, 1)] : n ? substr(s, i, n) : "\357\277\275")
              }
              return "\"" made "\""
            }
            NR % 4 == 1 { if ($0 == until) { found = 1; exit } ref = $0 }
            NR % 4 == 2 { time = $0 }
            NR % 4 == 3 { author = $0 }
            NR % 4 == 0 {
              made[++count] = "{\"ref\":" text(ref) ",\"_message\":" text($0) ",\"_author\":" text(author) \
                ",\"_time\":" text(time) ",\"_branch\":" text(ENVIRON["branch"]) "}"
            }
            END {
              if (until != "" && !found) exit 3
              for (i = count; i > 0; i--) printf "%s%s", (i == count ? "[" : ","), made[i]
              print (count ? "]" : "[]")
            }'
      }
      export branch until=

      if [ -z "$known" ]; then
        fetch 1
        list -n 1 "$at"
        exit
      fi
      for depth in 50 1000; do
        fetch "$depth"
        until=$known
        if found=$(list "$at"); then printf '%s\n' "$found"; exit; fi
        if ! [ -s "$dir/shallow" ]; then break; fi
      done
      until=
      if [ -s "$dir/shallow" ]; then fetch 2147483647; fi
      if git merge-base --is-ancestor "$known" "$at" 2>/dev/null; then
        list "$known..$at"
      else
        # The branch was rewritten, and what was known is no part of it.
        list -n 1 "$at"
      fi
    SCRIPT
    ]
  }

  pull "exec" {
    path = "/bin/sh"
    args = ["-efc", <<-SCRIPT
      fail() { printf 'git: %s\n' "$1" >&2; exit 1; }
      export GIT_TERMINAL_PROMPT=0
      case $version_ref in '' | *[!0-9a-f]*) fail "\`$version_ref\` is no commit" ;; esac

      case $param_url/ in ./* | ../*) fail "\`$param_url\` is a relative path, and relative to nothing here: give the whole path" ;; esac

      name=$param_name
      if [ -z "$name" ]; then
        name=$${param_url%/}
        name=$${name%/.git}
        name=$${name##*/}
        name=$${name##*:}
        name=$${name%.git}
        case $name in '' | . | ..) name=$RESOURCE_NAME ;; esac
      fi
      case /$name/ in //* | */../*) fail "\`$name\` is no directory below \$WORKDIR" ;; esac

      git init -q --template= -- "$WORKDIR/$name"
      cd -- "$WORKDIR/$name"
      # Written by hand, because each process counts; an address that would need escapes is left to git.
      printf '[remote "origin"]\n\tfetch = +refs/heads/*:refs/remotes/origin/*\n' >>.git/config
      case $param_url in
        *[!A-Za-z0-9:/@._~+=,%-]*) git config remote.origin.url "$param_url" ;;
        *) printf '\turl = %s\n' "$param_url" >>.git/config ;;
      esac
      git() { command git -c core.fsync=none -c fetch.unpackLimit=1 -c maintenance.auto=false -c gc.auto=0 -c advice.detachedHead=false "$@"; }
      take() { git fetch -q --no-tags --no-recurse-submodules "$@"; }
      at=FETCH_HEAD
      if ! error=$(take --depth=1 origin "$version_ref" 2>&1); then
        # Some servers give out only what a branch points at, and some nothing shallow.
        at=$version_ref
        take origin || { printf '%s\n' "$error" >&2; fail "cannot fetch from \`$param_url\`"; }
      fi
      git checkout -q --detach "$at" -- ||
        fail "the commit $version_ref is not in \`$param_url\` any more"
    SCRIPT
    ]
  }
}
