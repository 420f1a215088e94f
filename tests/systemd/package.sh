#!/bin/bash
# Runs inside a booted systemd (tests/systemd/boot), with the packages at /run/under-test: installed, started,
# upgraded under a running daemon, removed and purged as an operator would. Prints TAP.
set -u
export DEBIAN_FRONTEND=noninteractive
. /run/boot-io/tap.sh
rm -f /usr/sbin/policy-rc.d # of containers: it forbids that a package starts its service
old=/run/under-test/old
new=/run/under-test/new

ok "the packages install" dpkg -i "$old"/libnewspool0_*.deb "$old"/libnewspool-dev_*.deb "$old"/newspool_*.deb
ok "the account is there" getent passwd newspool
ok "the spool is there, the group's to read" sh -c '[ "$(stat -c "%U:%G %a" /var/spool/newspool)" = "newspool:newspool 2750" ]'
ok "the service is enabled" systemctl is-enabled newspoold
ok "and runs" wait_for systemctl is-active newspoold
ok "as its own user" sh -c '[ "$(stat -c %U /proc/$(systemctl show -P MainPID newspoold))" = newspool ]'
ok "newspool check likes the configuration as shipped" newspool check
ok "manual pages are found" sh -c 'man -w newspoold newspool.conf newspool-spool newspool libnewspool'

cat >/run/try.c <<'C'
#include <newspool/version.h>
#include <stdio.h>
int
main(void)
{
	return puts(np_version()) < 0;
}
C
ok "a C program builds against the library" sh -c 'gcc -o /run/try /run/try.c $(pkg-config --cflags --libs newspool)'
ok "and runs with it" /run/try

mkdir -p /srv/feeds
cat >/srv/feeds/feed.xml <<'FEED'
<?xml version="1.0"?><rss version="2.0"><channel><title>T</title><link>http://publisher.example/</link>
<description>d</description><item><title>One</title><guid isPermaLink="false">1</guid><description>An article that is long enough to
stand for itself in any comparison.</description></item></channel></rss>
FEED
systemd-run --quiet --unit=feeds /usr/bin/python3 -m http.server --bind 127.0.0.1 --directory /srv/feeds 8080
wait_for curl -sf http://127.0.0.1:8080/feed.xml
mkdir -p /etc/newspool/feeds.d
cat >/etc/newspool/feeds.d/one.conf <<'CONF'
[feed one]
url = http://127.0.0.1:8080/feed.xml
allow-private = yes
tags = news
CONF
ok "a feed is added by a file and a reload" systemctl reload newspoold
ok "its article is spooled" wait_for sh -c 'ls /var/spool/newspool/tags/news/*/*.json'
ok "a member of the group may read it" sh -c 'useradd -G newspool reader && su reader -c "newspool ls" | grep -q One'

main=$(show MainPID)
ok "an upgrade goes through while it runs" dpkg -i "$new"/libnewspool0_*.deb "$new"/libnewspool-dev_*.deb "$new"/newspool_*.deb
ok "and restarts it" wait_for sh -c "[ \"\$(systemctl show -P MainPID newspoold)\" != $main ] && systemctl is-active newspoold"
ok "the configuration stayed" test -f /etc/newspool/feeds.d/one.conf
ok "nothing is spooled again" sh -c '[ "$(find /var/spool/newspool/articles -name "*.json" | wc -l)" = 1 ]'

ok "it is removed" dpkg -r libnewspool-dev newspool
ok "no process is left" refused pgrep -u newspool
ok "the spool stays after a removal" sh -c 'ls /var/spool/newspool/articles/*/*.json'
ok "the store too" test -f /var/lib/newspool/state.db
rm -r /etc/newspool/feeds.d
ok "it is purged" dpkg -P newspool libnewspool0
ok "nothing of it is left" sh -c '[ -z "$(find /etc/newspool /var/lib/newspool /var/spool/newspool /run/newspool \
    /etc/systemd/system/multi-user.target.wants/newspoold.service /usr/bin/newspool /usr/sbin/newspoold 2>/dev/null)" ]'
finish
