# What the scripts that run inside a booted systemd share: TAP, bounded waits, and feeds to poll. Sourced.
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
wait_for() { # COMMAND…: true within 30 s
    local i
    for i in $(seq 300); do
        "$@" && return 0
        sleep 0.1
    done >/dev/null 2>&1
    return 1
}
refused() { ! "$@"; }
is() { [ "$("${@:2}")" = "$1" ] || { echo "got: $("${@:2}")"; return 1; }; }
show() { systemctl show -P "$1" "${2:-newspoold}"; }
silent() { # COMMAND…: it succeeds and says nothing
    local said
    said=$("$@" 2>&1) && [ -z "$said" ] || { echo "it said: $said"; return 1; }
}
logged() { journalctl -u newspoold -o cat | grep -q -- "$1"; }
spooled() { find /var/spool/newspool/articles -name '*.json' 2>/dev/null | wc -l; }
new_main() { [ "$(show MainPID)" != "$1" ] && [ "$(show MainPID)" != 0 ] && [ "$(show ActiveState)" = active ]; }

make_feed() { # FILE
    mkdir -p "$(dirname "$1")"
    cat >"$1" <<'FEED'
<?xml version="1.0"?><rss version="2.0"><channel><title>T</title><link>http://publisher.example/</link>
<description>d</description>
</channel></rss>
FEED
}
publish() { # FILE TITLE: one more article, in one step
    sed "/<description>d</a <item><title>$2</title><guid isPermaLink=\"false\">$2</guid><description>What article $2 says, which is long enough to stand for itself in any comparison.</description></item>" \
        "$1" >"$1.new" && mv "$1.new" "$1"
}
serve() { # feeds below /srv/feeds at port 8080, those in private/ for user:the-password
    systemd-run --quiet --unit=feeds /usr/bin/python3 /run/boot-io/server.py /srv/feeds 8080 user:the-password
    wait_for curl -sf -o /dev/null http://127.0.0.1:8080/
}
finish() { # the plan, what the daemon said where something failed, and the exit status
    [ $bad = 0 ] || journalctl -u newspoold --no-pager -o cat 2>/dev/null | tail -n 60 | sed 's/^/# /'
    echo "1..$n"
    exit $((bad > 0))
}
