#!/bin/bash
# Runs inside a booted systemd (tests/systemd/boot), with Debian packages in old/, or what `make install` made, at
# /run/under-test: the service as shipped, from installation to the end. Prints TAP.
set -u
export DEBIAN_FRONTEND=noninteractive
. /run/boot-io/tap.sh
feed=/srv/feeds/feed.xml
private=/srv/feeds/private/feed.xml
conf=/etc/newspool/newspool.conf

members() { # the processes of the service
    cat /sys/fs/cgroup/systemd"$(show ControlGroup)"/cgroup.procs 2>/dev/null ||
        cat /sys/fs/cgroup"$(show ControlGroup)"/cgroup.procs
}
not_root() {
    local pid n=0
    for pid in $(members); do
        [ "$(stat -c %U /proc/"$pid")" = newspool ] || { ps -o user,args -p "$pid"; return 1; }
        grep -q '^CapEff:.*[1-9a-f]' /proc/"$pid"/status && { echo "capabilities"; return 1; }
        grep -q '^NoNewPrivs:.*1' /proc/"$pid"/status || { echo "new privileges"; return 1; }
        n=$((n + 1))
    done
    [ "$n" -ge 2 ] # the keeper and a fetcher at least
}
journal() { journalctl -u newspoold -o json "$@"; }
drop_in() { # NAME SECTION LINE…
    mkdir -p /etc/systemd/system/newspoold.service.d
    printf '[Service]\n%s\n' "${@:2}" >/etc/systemd/system/newspoold.service.d/"$1".conf
    systemctl daemon-reload
}

# Installation.
if ls /run/under-test/old/newspool_*.deb >/dev/null 2>&1; then
    rm -f /usr/sbin/policy-rc.d # of containers: it forbids that a package starts its service
    ok "the packages install" sh -c 'dpkg -i /run/under-test/old/*.deb'
    ok "that starts the service" wait_for is active show ActiveState
    systemctl stop newspoold
else
    cp -a /run/under-test/. /
    systemctl daemon-reload
    ok "sysusers makes the accounts" systemd-sysusers
    ok "tmpfiles makes the spool" systemd-tmpfiles --create newspool.conf
fi
ok "the accounts are there" sh -c 'getent passwd newspool newspool-hooks && id -nG newspool-hooks | grep -qw newspool'
ok "the spool is there, for its group to read" is "newspool:newspool 2750" stat -c '%U:%G %a' /var/spool/newspool
ok "its queues too, before any article: hooks may write to what is there when they start" is "newspool:newspool 2750" \
    stat -c '%U:%G %a' /var/spool/newspool/queues
ok "it can be enabled" sh -c 'systemctl enable newspoold && systemctl is-enabled newspoold'
for unit in newspoold.service newspool-hooks.service newspoold-control.socket newspoold-metrics.socket; do
    ok "systemd-analyze verify says nothing to $unit" silent systemd-analyze verify "$unit"
done
ok "systemd-analyze security: 1.0 at most" systemd-analyze security --no-pager --threshold=10 newspoold
systemd-analyze security --no-pager newspoold 2>/dev/null | tail -n 1 | sed 's/^/# /'

make_feed $feed
publish $feed One
make_feed $private
publish $private Hidden
serve
cat >$conf <<'CONF'
[defaults]
allow-private = yes
interval = 1s
min-interval = 1s
[feed one]
url = http://127.0.0.1:8080/feed.xml
tags = news
[queue hooked]
tags = *
on-deliver = cp /dev/stdin "/srv/hooked/$NEWSPOOL_NAME"; id -un >/srv/hooked/user
on-deliver-shell = yes
CONF

# Start, readiness, status.
ok "it starts to readiness" systemctl start newspoold
ok "it is active" is active show ActiveState
ok "its status says what it does" is "polls 1 feeds" show StatusText
ok "an article is spooled" wait_for is 1 spooled
ok "a tag links it" sh -c 'ls /var/spool/newspool/tags/news/*/*.json'
ok "nothing runs as root, or could become it" not_root
ok "newspool status reaches it" newspool status
ok "the sandbox stands" refused logged 'is not to be had'

# Journal.
ok "the journal has its lines with priorities" sh -c '[ "$(journalctl -u newspoold NEWSPOOL_EVENT=started -o json --output-fields=PRIORITY |
    tail -n 1 | jq -r .PRIORITY)" = 6 ]'
ok "and with fields" sh -c 'journalctl -u newspoold NEWSPOOL_EVENT=started NEWSPOOL_PROCESS=keeper SYSLOG_IDENTIFIER=newspoold |
    grep -q event=started'
sed -i 's/feed\.xml$/missing.xml/' $conf
systemctl reload newspoold
ok "a failing feed is a warning, found by its name" wait_for sh -c '[ "$(journalctl -u newspoold NEWSPOOL_FEED=one NEWSPOOL_EVENT=failed \
    -o json --output-fields=PRIORITY | head -n 1 | jq -r .PRIORITY)" = 4 ]'
sed -i 's/missing\.xml$/feed.xml/' $conf
systemctl reload newspoold

# Hooks, another service.
install -d -o newspool-hooks /srv/hooked
install -d /etc/systemd/system/newspool-hooks.service.d
printf '[Service]\nReadWritePaths=/srv/hooked\n' >/etc/systemd/system/newspool-hooks.service.d/paths.conf
systemctl daemon-reload
ok "hooks start to readiness" systemctl start newspool-hooks
ok "a hook gets the article, as a user of its own" wait_for sh -c '[ "$(cat /srv/hooked/user)" = newspool-hooks ] &&
    cmp /srv/hooked/0*.json /var/spool/newspool/articles/*/*.json'
ok "and the queue is empty" wait_for sh -c '[ -z "$(ls /var/spool/newspool/queues/hooked/new /var/spool/newspool/queues/hooked/cur |
    grep json)" ]'
publish $feed Two
ok "a new item follows" wait_for is 2 spooled
ok "its hook too" wait_for sh -c '[ "$(ls /srv/hooked/0*.json | wc -l)" = 2 ]'
ok "hooks stop cleanly" sh -c 'systemctl stop newspool-hooks && [ "$(systemctl show -P Result newspool-hooks)" = success ]'

# Reload.
main=$(show MainPID)
echo '[feed one' >>$conf
ok "a wrong configuration fails the reload" refused systemctl reload newspoold
ok "the journal says why, with file and line" wait_for logged 'newspool.conf:12'
kill -HUP "$main"
ok "nor does the daemon take it by a signal" wait_for logged 'not reloaded, everything stays as it was: .*newspool.conf:12'
ok "it goes on running, the same" sh -c "systemctl is-active newspoold && [ \"\$(systemctl show -P MainPID newspoold)\" = $main ]"
sed -i '$d' $conf
ok "a right one is reloaded" systemctl reload newspoold
ok "and the journal says so" wait_for logged event=reloaded
printf '[spool]\nmin-free = 99.99%%\n' >>$conf
systemctl reload newspoold
ok "the status says what keeps it from polling" wait_for sh -c 'systemctl show -P StatusText newspoold | grep -q "^pauses: .*space"'
sed -i '/^\[spool\]/,$d' $conf
systemctl reload newspoold
ok "and when it goes on" wait_for is "polls 1 feeds" show StatusText
ok "without a restart" is "$main" show MainPID

# Credentials.
install -d -m 700 /etc/newspool/secrets
(umask 077 && echo the-password >/etc/newspool/secrets/hidden)
drop_in credentials LoadCredential=hidden:/etc/newspool/secrets/hidden
cat >>$conf <<'CONF'
[feed hidden]
url = http://127.0.0.1:8080/private/feed.xml
user = user
password-file = credential:hidden
CONF
ok "it restarts with a credential" systemctl restart newspoold
ok "a feed behind a password is read with it" wait_for is 3 spooled
ok "which others than the service cannot read" refused setpriv --reuid nobody --clear-groups cat /run/credentials/newspoold.service/hidden
ok "newspool check does without it" newspool check
ok "a reload as well" systemctl reload newspoold
ok "the password is in no log" refused logged the-password
ok "in no process's title or environment" refused sh -c 'cat /proc/[0-9]*/cmdline /proc/[0-9]*/environ |
    tr "\0" "\n" | grep -v user:the-password | grep -v grep | grep -q the-password'
ok "and not in the spool, the database or an answer" refused sh -c 'grep -rq the-password /var/spool/newspool /var/lib/newspool ||
    newspool feeds --json hidden | grep -q the-password'

# What ends it, and how it comes back.
main=$(show MainPID)
kill -9 "$main"
ok "kill -9 is followed by a restart" wait_for new_main "$main"
ok "and nothing is spooled twice" is 3 spooled
ok "nothing of the last one's is left" wait_for sh -c '[ "$(pgrep -u newspool -c -f -- --fetcher)" = "$(newspool status --json |
    jq ".fetchers | length")" ]'
fetcher=$(pgrep -u newspool -f -- '--fetcher 0')
kill -9 "$fetcher"
ok "a fetcher that is killed is replaced by the keeper" wait_for sh -c 'pid=$(pgrep -u newspool -f -- "--fetcher 0") && [ "$pid" != '"$fetcher"' ]'
ok "the unit has a watchdog" refused is 0 show WatchdogUSec
drop_in watchdog WatchdogSec=2s
systemctl restart newspoold
main=$(show MainPID)
ok "it lives on with a watchdog of two seconds" sh -c "sleep 5; [ \"\$(systemctl show -P MainPID newspoold)\" = $main ]"
kill -STOP "$main"
ok "a keeper that is stuck is ended by it" wait_for logged 'atchdog timeout'
ok "and started anew" wait_for new_main "$main"
ok "still nothing is spooled twice" is 3 spooled
publish $feed Four
ok "and what is new comes" wait_for is 4 spooled
ok "it stops cleanly" sh -c 'systemctl stop newspoold && [ "$(systemctl show -P Result newspoold)" = success ]'
ok "no process is left" refused pgrep -u newspool
ok "and it stays stopped" sh -c 'sleep 6; [ "$(systemctl show -P ActiveState newspoold)" = inactive ]'

# Socket activation.
ok "sockets can be started without it" systemctl start newspoold-control.socket newspoold-metrics.socket
ok "the control socket is the group's" is "newspool:newspool 660" stat -c '%U:%G %a' /run/newspool/control.sock
ok "who asks there starts it" sh -c 'curl -sf --max-time 30 --unix-socket /run/newspool/control.sock http://localhost/v1/status | jq -e .healthy'
ok "it is active then" is active show ActiveState
ok "newspool knows the same socket" newspool status
ok "metrics are where systemd listens" sh -c 'curl -sf --max-time 30 http://127.0.0.1:9753/metrics | grep -q ^newspool_build_info'
systemctl stop newspoold
ok "the sockets outlive it" sh -c 'curl -sf --max-time 30 http://127.0.0.1:9753/healthz && systemctl is-active newspoold &&
    curl -sf --max-time 30 --unix-socket /run/newspool/control.sock http://localhost/healthz'
ok "a member of the group may look there, and not change" sh -c 'useradd -G newspool reader && su reader -c "newspool status" &&
    ! su reader -c "newspool reload"'
ok "root may" newspool reload
systemctl stop newspoold-control.socket newspoold-metrics.socket newspoold

ok "a wrong configuration is refused at start" sh -c 'echo "[nonsense]" >>/etc/newspool/newspool.conf;
    ! systemctl start newspoold; [ "$(systemctl show -P ExecMainStatus newspoold)" = 2 ]'
ok "and not tried again and again" sh -c 'sleep 6; [ "$(systemctl show -P ActiveState newspoold)" = failed ]'
finish
