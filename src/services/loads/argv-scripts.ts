/* Runs of programs on a host, each in a folder named after load type and date. POSIX sh and GNU coreutils on Linux. */

/** Exit codes of the scripts below: numbers that neither a shell nor the programs in them use. */
export const jobCodes = { taken: 60, notMade: 61 } as const;

/** Sets `root`, the folder of all runs, and `job`, that of the one named by `$1`. */
const place = `LC_ALL=C; export LC_ALL
root="\${XDG_STATE_HOME:-$HOME/.local/state}/esr-ops/jobs"
job="$root/$1"
`;

/**
 * Says whether the process of a run is alive: its number alone may have been given to another one since, so when it
 * began (by the kernel's count) must be the same, too. A zombie has ended, whoever has not collected it yet. The command's name in `stat` is cut off, as it may hold spaces.
 */
const alive = `began() {
  s=$(cat "/proc/$1/stat" 2>/dev/null) || return 1
  s=\${s##*) }
  case $s in [ZX]*) return 1 ;; esac
  set -- $s; shift 19; printf %s "$1"
}
alive() {
  read -r pid start < "$1/process" 2>/dev/null || return 1
  now=$(began "$pid") && [ "$now" = "$start" ]
}
`;

/**
 * Arguments: name, id, id of the run whose place it takes (or empty), then the program and its arguments. A folder is
 * made ready beside and moved into the place in one step, so that of two orders one gets it. The program itself is begun
 * by a process of its own session, which makes a folder in there first: that can be done once, however often this is
 * called.
 */
export const startScript = `${place}${alive}umask 077
id=$2; replaces=$3; shift 3
mkdir -p "$root" || exit ${jobCodes.notMade}
if [ -e "$job" ]; then
  was=$(cat "$job/id" 2>/dev/null)
  if [ "$was" != "$id" ]; then
    { [ -n "$replaces" ] && [ "$was" = "$replaces" ] && ! alive "$job"; } || { printf %s "$was"; exit ${jobCodes.taken}; }
    mv -T -- "$job" "$job~$was" || exit ${jobCodes.taken}
  fi
fi
if [ ! -e "$job" ]; then
  new=$(mktemp -d "$root/.new-XXXXXXXXXX") || exit ${jobCodes.notMade}
  : > "$new/log"
  printf %s "$id" > "$new/id" || exit ${jobCodes.notMade}
  sync -- "$new/id"
  mv -T -- "$new" "$job" 2>/dev/null || { rm -rf -- "$new"; cat "$job/id" 2>/dev/null; exit ${jobCodes.taken}; }
fi
[ "$(cat "$job/id" 2>/dev/null)" = "$id" ] || { cat "$job/id" 2>/dev/null; exit ${jobCodes.taken}; }
setsid sh -c '
job=$1; shift
mkdir "$job/begun" 2>/dev/null || exit 0
began() { s=$(cat "/proc/$1/stat"); s=\${s##*) }; set -- $s; shift 19; printf %s "$1"; }
printf "%s %s\\n" "$$" "$(began $$)" > "$job/process.new"
mv -f -- "$job/process.new" "$job/process"
trap : TERM INT HUP
"$@" </dev/null >>"$job/log" 2>&1
printf %s "$?" > "$job/exit.new"
mv -f -- "$job/exit.new" "$job/exit"
' sh "$job" "$@" </dev/null >/dev/null 2>&1 &
i=0
while [ ! -e "$job/process" ] && [ ! -e "$job/exit" ] && [ $i -lt 50 ]; do sleep 0.1; i=$((i+1)); done
exit 0
`;

/** Argument: name. Prints id, state (`made`, `running`, `ended`, `gone`), exit code, and two times in seconds. */
export const stateScript = `${place}${alive}[ -e "$job/id" ] || exit 0
printf '%s\\n' "$(cat "$job/id")"
state=made
if [ -e "$job/exit" ]; then state=ended
elif alive "$job"; then state=running
elif [ -e "$job/exit" ]; then state=ended
elif [ -e "$job/begun" ]; then state=gone
fi
printf '%s\\n%s\\n%s\\n%s\\n' "$state" "$(cat "$job/exit" 2>/dev/null)" "$(stat -c %Y "$job/begun" 2>/dev/null)" "$(stat -c %Y "$job/exit" 2>/dev/null)"
`;

/** Argument: what the names of the runs begin with. Prints date and id of each that goes on. */
export const runningScript = `${place}${alive}for one in "$job"*; do
  case $one in *~*) continue ;; esac
  if [ -e "$one/id" ] && [ ! -e "$one/exit" ] && alive "$one"; then printf '%s %s\\n' "\${one##*@}" "$(cat "$one/id")"; fi
done
exit 0
`;

/** Arguments: name, bytes to leave out, greatest number of bytes. Prints the log from there on. */
export const logScript = `${place}[ -e "$job/log" ] || exit 0
tail -c "+$(($2 + 1))" -- "$job/log" | head -c "$3"
exit 0
`;

/** Arguments: name, id, seconds of grace. Asks the program to end, then kills it and what it began. */
export const stopScript = `${place}${alive}[ "$(cat "$job/id" 2>/dev/null)" = "$2" ] || { cat "$job/id" 2>/dev/null; exit ${jobCodes.taken}; }
alive "$job" || exit 0
read -r pid start < "$job/process"
kill -s TERM -- "-$pid" 2>/dev/null
i=0
while alive "$job" && [ $i -lt $(($3 * 10)) ]; do sleep 0.1; i=$((i+1)); done
alive "$job" && kill -s KILL -- "-$pid" 2>/dev/null
i=0
while alive "$job" && [ $i -lt 50 ]; do sleep 0.1; i=$((i+1)); done
alive "$job" && exit ${jobCodes.notMade}
exit 0
`;
