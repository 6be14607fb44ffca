# Runs a program until standard input closes: keep SIGNAL PROGRAM ARGS…
# Whoever holds the other end may crash or be killed, the program ends all the same.
# KEEP_PID_FILE, where set, receives the program's process id.
signal=$1
shift
exec 3<&0
"$@" </dev/null 3<&- &
program=$!
[ -z "${KEEP_PID_FILE:-}" ] || echo "$program" >"$KEEP_PID_FILE"
(
    trap '' INT TERM HUP
    read -r _ <&3
    kill -s "$signal" "$program" 2>/dev/null
    sleep 10
    kill -s KILL "$program" 2>/dev/null
) >/dev/null 2>&1 &
reader=$!
exec 3<&-
# A signal to the whole group interrupts `wait`: keep waiting, the program decides when it ends.
trap : INT TERM HUP
while :; do
    wait "$program"
    status=$?
    kill -0 "$program" 2>/dev/null || break
done
kill -s KILL "$reader" 2>/dev/null
exit "$status"
