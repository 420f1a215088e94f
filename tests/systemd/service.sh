#!/bin/bash
# Runs inside a booted systemd (tests/systemd/boot), with what `make install` made at /run/under-test:
# the service as shipped, from installation to removal. Prints TAP.
set -u
. /run/boot-io/tap.sh
is() { [ "$("${@:2}")" = "$1" ] || { echo "got: $("${@:2}")"; return 1; }; }
spooled() { find /var/spool/newspool/articles -name '*.json' 2>/dev/null | wc -l; }
not_root() {
    local pid n=0
    for pid in $(cat /sys/fs/cgroup/systemd"$(show ControlGroup)"/cgroup.procs ||
        cat /sys/fs/cgroup"$(show ControlGroup)"/cgroup.procs); do
        [ "$(stat -c %U /proc/"$pid")" = newspool ] || return 1
        n=$((n + 1))
    done
    [ "$n" -ge 2 ] # the keeper and a fetcher at least
}

cp -a /run/under-test/. /
ok "sysusers makes the account" sh -c 'systemd-sysusers && getent passwd newspool'
ok "tmpfiles makes the spool" sh -c 'systemd-tmpfiles --create /usr/lib/tmpfiles.d/newspool.conf &&
    [ "$(stat -c "%U:%G" /var/spool/newspool)" = newspool:newspool ]'
systemctl daemon-reload
ok "the unit is in order" sh -c '[ -z "$(systemd-analyze verify newspoold.service 2>&1)" ] ||
    { systemd-analyze verify newspoold.service; false; }'
systemd-analyze security --no-pager newspoold 2>/dev/null | tail -n 1 | sed 's/^/# /'

mkdir -p /srv/feeds
cat >/srv/feeds/feed.xml <<'FEED'
<?xml version="1.0"?><rss version="2.0"><channel><title>T</title><link>http://publisher.example/</link>
<description>d</description><item><title>One</title><guid isPermaLink="false">1</guid><description>The first article, which is long enough to
stand for itself in any comparison.</description></item></channel></rss>
FEED
systemd-run --quiet --unit=feeds /usr/bin/python3 -m http.server --bind 127.0.0.1 --directory /srv/feeds 8080
wait_for sh -c 'exec 3<>/dev/tcp/127.0.0.1/8080' || wait_for curl -sf http://127.0.0.1:8080/feed.xml
cat >/etc/newspool/newspool.conf <<'CONF'
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
install -d -o newspool-hooks /srv/hooked
install -d /etc/systemd/system/newspool-hooks.service.d
printf '[Service]\nReadWritePaths=/srv/hooked\n' >/etc/systemd/system/newspool-hooks.service.d/paths.conf
systemctl daemon-reload

ok "it starts to readiness" systemctl start newspoold
ok "it is active" is active show ActiveState
ok "its status says what it does" sh -c '[ -n "$(systemctl show -P StatusText newspoold)" ]'
ok "an article is spooled" wait_for sh -c '[ "$(find /var/spool/newspool/articles -name "*.json" | wc -l)" = 1 ]'
ok "a tag links it" sh -c 'ls /var/spool/newspool/tags/news/*/*.json'
ok "nothing runs as root" not_root
ok "the unit of hooks is in order" sh -c '[ -z "$(systemd-analyze verify newspool-hooks.service 2>&1)" ] ||
    { systemd-analyze verify newspool-hooks.service; false; }'
ok "hooks start to readiness" systemctl start newspool-hooks
ok "a hook gets the article, as a user of its own" wait_for sh -c '[ "$(cat /srv/hooked/user)" = newspool-hooks ] &&
    cmp /srv/hooked/0*.json /var/spool/newspool/articles/*/*.json'
ok "and the queue is empty" wait_for sh -c '[ -z "$(ls /var/spool/newspool/queues/hooked/new /var/spool/newspool/queues/hooked/cur |
    grep json)" ]'
ok "the journal has its lines with their priorities" sh -c 'journalctl -u newspoold -p info -o cat | grep -q event=started'

sed -i '/<item>/i <item><title>Two</title><guid isPermaLink="false">2</guid><description>The second article, which came while the daemon was running.</description></item>' /srv/feeds/feed.xml
ok "its hook follows" wait_for sh -c '[ "$(ls /srv/hooked/0*.json | wc -l)" = 2 ]'
ok "hooks stop cleanly" sh -c 'systemctl stop newspool-hooks && [ "$(systemctl show -P Result newspool-hooks)" = success ]'
ok "a new item follows" wait_for sh -c '[ "$(find /var/spool/newspool/articles -name "*.json" | wc -l)" = 2 ]'

echo '[feed one' >>/etc/newspool/newspool.conf
systemctl reload newspoold
logged() { journalctl -u newspoold -o cat | grep -q "$1"; }
ok "a wrong configuration is not reloaded, and the journal says why" wait_for logged 'not reloaded.*newspool.conf:12'
ok "it goes on running" systemctl is-active newspoold
sed -i '$d' /etc/newspool/newspool.conf
systemctl reload newspoold
ok "a right one is reloaded" wait_for logged event=reloaded
ok "the sandbox stands" refused logged 'is not to be had'

main=$(show MainPID)
kill -9 "$main"
ok "kill -9 is followed by a restart" wait_for sh -c "[ \"\$(systemctl show -P MainPID newspoold)\" != $main ] &&
    systemctl is-active newspoold"
ok "and nothing is spooled twice" is 2 spooled

ok "it stops cleanly" sh -c 'systemctl stop newspoold && [ "$(systemctl show -P Result newspoold)" = success ]'
ok "no process is left" refused pgrep -u newspool
ok "a wrong configuration is refused at start" sh -c 'echo "[nonsense]" >>/etc/newspool/newspool.conf;
    ! systemctl start newspoold; [ "$(systemctl show -P ExecMainStatus newspoold)" = 2 ]'
finish
