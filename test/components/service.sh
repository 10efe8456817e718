#!/bin/sh
# A service of its own that is controlled by commands, and the parts of systemctl and journalctl that units are asked by.
# The folder comes first: its file `fails` makes the next start fail. Its log goes on over all starts.
dir=$1; shift
pid=$(cat "$dir/pid" 2>/dev/null)
runs() { [ -n "$pid" ] && kill -0 "$pid" 2>/dev/null && ! grep -q '^State:.[ZX]' "/proc/$pid/status" 2>/dev/null; }
start() {
  runs && return 0
  start=$(cat /proc/sys/kernel/random/uuid | tr -d -)
  printf %s "$start" > "$dir/invocation"
  setsid sh -c '
    echo $$ > "$1/pid.new"; mv "$1/pid.new" "$1/pid"
    say() { echo "$2" >> "$1/log"; echo "$2" >> "$1/log-$(cat "$1/invocation")"; }
    trap "rm -f \"$1/works\"; kill \$! 2>/dev/null; exit 0" TERM
    say "$1" "Starting ThingApplication"
    echo start >> "$1/starts"
    if [ -e "$1/fails" ]; then say "$1" "Application startup failed"; else say "$1" "Started ThingApplication"; : > "$1/works"; fi
    while :; do sleep 60 & wait $!; done
  ' sh "$dir" </dev/null >/dev/null 2>&1 &
  i=0; while [ "$(cat "$dir/pid" 2>/dev/null)" = "$pid" ] && [ $i -lt 100 ]; do sleep 0.05; i=$((i+1)); done
}
stop() {
  runs || return 0
  kill -TERM "$pid"
  i=0; while runs && [ $i -lt 100 ]; do sleep 0.05; i=$((i+1)); done
  ! runs
}
# systemctl puts options and -- between the verb and the unit.
case $1 in
  start) start ;;
  stop) stop ;;
  status) if runs; then exit 0; else exit 3; fi ;;
  show)
    echo LoadState=loaded
    if runs; then printf 'ActiveState=active\nSubState=running\nMainPID=%s\n' "$pid"
    else printf 'ActiveState=inactive\nSubState=dead\nMainPID=0\n'; fi
    printf 'Result=success\nInvocationID=%s\n' "$(cat "$dir/invocation" 2>/dev/null)" ;;
  logs) tail -n "$2" "$dir/log" ;;
  --unit=*)
    for word; do case $word in _SYSTEMD_INVOCATION_ID=*) cat "$dir/log-${word#*=}" ;; esac; done ;;
  *) echo "not understood: $*" >&2; exit 9 ;;
esac
