#!/bin/bash
# Runs inside a booted systemd (tests/systemd/boot), with the packages at /run/under-test: installed, started,
# upgraded under a running daemon and its consumers, removed and purged as an operator would. Prints TAP.
set -u
export DEBIAN_FRONTEND=noninteractive
. /run/boot-io/tap.sh
rm -f /usr/sbin/policy-rc.d # of containers: it forbids that a package starts its service
old=/run/under-test/old
new=/run/under-test/new
feed=/srv/feeds/feed.xml

ok "the packages install" dpkg -i "$old"/libnewspool0_*.deb "$old"/libnewspool-dev_*.deb "$old"/newspool_*.deb
ok "the account is there" getent passwd newspool
ok "the spool is there, the group's to read" is "newspool:newspool 2750" stat -c '%U:%G %a' /var/spool/newspool
ok "the service is enabled" systemctl is-enabled newspoold
ok "and runs" wait_for systemctl is-active newspoold
ok "as its own user" sh -c '[ "$(stat -c %U /proc/$(systemctl show -P MainPID newspoold))" = newspool ]'
ok "hooks and sockets are left to the operator" sh -c '! systemctl is-enabled newspool-hooks newspoold-control.socket newspoold-metrics.socket |
    grep -v disabled'
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

make_feed $feed
publish $feed Article-0
serve
mkdir -p /etc/newspool/feeds.d
cat >/etc/newspool/feeds.d/one.conf <<'CONF'
[feed one]
url = http://127.0.0.1:8080/feed.xml
allow-private = yes
interval = 1s
min-interval = 1s
adaptive = no
tags = news
[queue work]
tags = *
CONF
ok "a feed is added by a file and a reload" systemctl reload newspoold
ok "its article is spooled" wait_for is 1 spooled
ok "a member of the group may read it" sh -c 'useradd -m -G newspool reader && su reader -c "newspool ls" | grep -q Article-0'

# Two consumers, and a publisher, that go on through the upgrade.
cat >/run/worker <<'SH'
#!/bin/sh
# Takes from the queue as newspool-spool(5) says, and writes down what it had.
cd /var/spool/newspool/queues/work || exit 1
while [ ! -e /run/enough ] || [ -n "$(ls new)" ]; do
    for name in $(ls new); do
        mv "new/$name" "cur/$name" && jq -r .title "cur/$name" >>/home/reader/worked && rm "cur/$name"
    done
    sleep 0.05
done
SH
cat >/run/publisher <<'SH'
#!/bin/bash
. /run/boot-io/tap.sh
i=0
while [ ! -e /run/published ]; do
    i=$((i + 1))
    publish /srv/feeds/feed.xml "Article-$i"
    echo $i >/run/count
    sleep 0.2
done
SH
chmod 755 /run/worker /run/publisher
systemd-run --quiet --unit=worker --uid=reader --gid=newspool /run/worker
systemd-run --quiet --unit=follower --uid=reader --gid=newspool \
    newspool tail -f --cursor follower --exec 'jq -r .title >>/home/reader/followed'
systemd-run --quiet --unit=publisher /run/publisher
had() { [ "$(wc -l <"/home/reader/$1")" -ge "$2" ]; }
ok "consumers take what comes" wait_for sh -c '[ "$(wc -l </home/reader/worked)" -ge 5 ] && [ "$(wc -l </home/reader/followed)" -ge 5 ]'

main=$(show MainPID)
ok "an upgrade goes through while it runs" dpkg -i "$new"/libnewspool0_*.deb "$new"/libnewspool-dev_*.deb "$new"/newspool_*.deb
ok "and restarts it" wait_for new_main "$main"
ok "consumers went on running" systemctl is-active worker follower
ok "the configuration stayed" test -f /etc/newspool/feeds.d/one.conf
now=$(cat /run/count)
ok "publishing goes on" wait_for sh -c "[ \$(cat /run/count) -ge $((now + 5)) ]"
touch /run/published
wait_for refused systemctl is-active publisher
touch -d "1 minute" $feed # the server tells the time of the last change by the second
total=$(($(cat /run/count) + 1))
echo "# $total articles: $(spooled) spooled, $(wc -l </home/reader/worked) worked, $(wc -l </home/reader/followed) followed"
ok "every article is there" wait_for is $total spooled
ok "each was taken from the queue" wait_for had worked $total
ok "each was followed" wait_for had followed $total
touch /run/enough
wait_for refused systemctl is-active worker
systemctl stop follower
for consumer in worked followed; do
    ok "once, by who $consumer" sh -c "[ \$(sort -u /home/reader/$consumer | wc -l) = $total ] && [ \$(wc -l </home/reader/$consumer) = $total ]"
done

ok "it is removed" dpkg -r libnewspool-dev newspool
ok "no process is left" refused pgrep -u newspool
ok "the spool stays after a removal" sh -c 'ls /var/spool/newspool/articles/*/*.json'
ok "the store too" test -f /var/lib/newspool/state.db
ok "it can be installed again" dpkg -i "$new"/newspool_*.deb
ok "and goes on" wait_for systemctl is-active newspoold
ok "with nothing twice" is $total spooled
ok "it is removed again" dpkg -r newspool
rm -r /etc/newspool/feeds.d
ok "it is purged" dpkg -P newspool libnewspool0
ok "nothing of it is left" sh -c '[ -z "$(find /etc/newspool /var/lib/newspool /var/spool/newspool /run/newspool \
    /etc/systemd/system/multi-user.target.wants/newspoold.service /etc/systemd/system/sockets.target.wants/newspoold* \
    /usr/bin/newspool /usr/sbin/newspoold /usr/share/newspool /lib/systemd/system/newspool* 2>/dev/null)" ]'
finish
