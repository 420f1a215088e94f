# What the scripts that run inside a booted systemd share: TAP, and bounded waits. Sourced.
n=0
bad=0
ok() { # TEXT COMMAND…
    local text=$1
    shift
    n=$((n + 1))
    if "$@" >/run/ok.log 2>&1; then
        echo "ok $n - $text"
    else
        echo "not ok $n - $text"
        sed 's/^/# /' /run/ok.log
        bad=$((bad + 1))
    fi
}
wait_for() { # COMMAND…: true within 20 s
    local i
    for i in $(seq 200); do
        "$@" >/dev/null 2>&1 && return 0
        sleep 0.1
    done
    return 1
}
refused() { ! "$@"; }
show() { systemctl show -P "$1" newspoold; }
finish() { # the plan, what the daemon said where something failed, and the exit status
    [ $bad = 0 ] || journalctl -u newspoold --no-pager -o cat 2>/dev/null | tail -n 60 | sed 's/^/# /'
    echo "1..$n"
    exit $((bad > 0))
}
