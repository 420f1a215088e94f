-- The store's statements, each under its name; statements.awk makes them STORE_NAME in C.

-- name: begin
BEGIN IMMEDIATE;

-- name: begin_read
BEGIN;

-- name: commit
COMMIT;

-- name: rollback
ROLLBACK;

-- name: meta_get
SELECT value FROM meta WHERE key = ?1;

-- name: meta_put
INSERT INTO meta (key, value) VALUES (?1, ?2)
ON CONFLICT (key) DO UPDATE SET value = excluded.value;

-- name: migrated
INSERT INTO migration (version, at) VALUES (?1, ?2);

-- name: feed_by_name
SELECT id, url, title, tags, settings, removed, url_key FROM feeds WHERE name = ?1;

-- name: feed_insert
INSERT INTO feeds (name, url, title, tags, settings, next_poll, why_next, url_key)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, 'first poll', ?7);

-- name: feed_reconfigure
UPDATE feeds SET title = ?2, tags = ?3, settings = ?4, removed = 0, url_key = ?5, leader = 0,
	followers = 0
WHERE id = ?1;

-- Another URL is another resource: nothing that the old one said may reach it.
-- name: feed_readdress
UPDATE feeds SET url = ?2, etag = NULL, last_modified = NULL, body_hash = NULL,
	validators_url = NULL, moved_url = NULL, undone_url = NULL,
	self_url = NULL, last_poll = 0,
	stopped = iif(stopped = 2, 2, 0), not_before = 0, failures = 0, crashes = 0, reason = NULL, ttl = -1, skip_hours = 0, skip_days = 0,
	next_poll = ?3, why_next = 'first poll of a new URL'
WHERE id = ?1;

-- name: feeds_note
INSERT INTO configured (digest, feeds) VALUES (?1, ?2);

-- name: feeds_noted
SELECT feeds FROM configured WHERE digest = ?1;

-- name: feeds_unnote
DELETE FROM configured;

-- name: feed_configured
SELECT id FROM feeds WHERE removed = 0;

-- name: feed_remove
UPDATE feeds SET removed = ?2, leader = 0, followers = 0 WHERE id = ?1
RETURNING url_key;

-- A load's new rows, after ?1, whose URL is that of a removed one: the same feeds under new names.
-- One to one; of several that are gone the last one first.
-- name: feed_any_removed
SELECT 1 FROM feeds WHERE removed > 0 LIMIT 1;

-- name: feed_last
SELECT coalesce(max(id), 0) FROM feeds;

-- name: feed_renamed
SELECT gone.id, came.id, came.url_key
FROM (SELECT id, url, url_key, row_number() OVER (PARTITION BY url, url_key
		ORDER BY removed DESC, last_poll DESC, id) AS nth
	FROM feeds WHERE removed > 0) AS gone
JOIN (SELECT id, url, url_key, row_number() OVER (PARTITION BY url, url_key ORDER BY id) AS nth
	FROM feeds WHERE id > ?1 AND removed = 0) AS came
ON came.url = gone.url AND came.url_key IS gone.url_key AND came.nth = gone.nth;

-- name: feed_step_aside
UPDATE feeds SET name = char(10) || name, removed = 1 WHERE id = ?1;

-- name: feed_take_over
UPDATE feeds SET name = substr(came.name, 2), title = came.title, tags = came.tags,
	settings = came.settings, url_key = came.url_key, removed = 0, leader = 0, followers = 0
FROM (SELECT name, title, tags, settings, url_key FROM feeds WHERE id = ?1) AS came
WHERE id = ?2;

-- name: feed_drop
DELETE FROM feeds WHERE id = ?1;

-- Who leads the feeds of a key: the one that was polled last, then the oldest. One that comes to
-- follow is due when its leader is, should it lead before then.
-- name: feed_lead
UPDATE feeds SET leader = iif(id = g.first, 0, g.first), followers = iif(id = g.first, g.n - 1, 0),
	next_poll = iif(id = g.first OR leader = g.first, feeds.next_poll, g.next_poll),
	why_next = iif(id = g.first OR leader = g.first, feeds.why_next,
		'with ' || g.name || ', which has the same URL')
FROM (SELECT id AS first, name, next_poll, count(*) OVER () AS n FROM feeds
	WHERE url_key = ?1 AND removed = 0 ORDER BY stopped = 2, last_poll DESC, id LIMIT 1) AS g
WHERE url_key = ?1 AND removed = 0
	AND (leader != iif(id = g.first, 0, g.first) OR followers != iif(id = g.first, g.n - 1, 0));

-- name: feed_followers
SELECT id FROM feeds WHERE leader = ?1 AND removed = 0 AND stopped != 2 ORDER BY id LIMIT ?2;

-- name: feed_due
SELECT id FROM feeds WHERE stopped = 0 AND removed = 0 AND leader = 0 AND next_poll > ?3 AND next_poll <= ?1
ORDER BY next_poll, id LIMIT ?2;

-- name: feed_next_due
SELECT next_poll FROM feeds WHERE stopped = 0 AND removed = 0 AND leader = 0 AND next_poll > ?1
ORDER BY next_poll LIMIT 1;

-- name: feed_get
SELECT id, name, url, title, tags, settings, moved_url, etag, last_modified, body_hash, next_poll,
	last_poll, last_success, failures, crashes, stopped, document_title, home_page_url, synced,
	parsed, ttl, skip_hours, skip_days, rhythm_items, rhythm_span, why_next, result, status, reason,
	validators_url, followers, self_url, undone_url, leader, polls, not_before
FROM feeds WHERE id = ?1 AND removed = 0;

-- name: feed_id
SELECT id FROM feeds WHERE name = ?1 AND removed = 0;

-- name: feed_polled
UPDATE feeds SET last_poll = ?2, next_poll = ?3, why_next = ?4, result = ?5, status = ?6,
	reason = ?7, failures = ?8, crashes = ?9, stopped = iif(stopped = 2, 2, ?10),
	last_success = ?11, rhythm_items = ?12, rhythm_span = ?13, not_before = ?14, polls = polls + 1
WHERE id = ?1;

-- The same where all else is as it was.
-- name: feed_polled_again
UPDATE feeds SET last_poll = ?2, next_poll = ?3, last_success = ?2, rhythm_items = ?4,
	rhythm_span = ?5, polls = polls + 1
WHERE id = ?1;

-- name: feed_validators
UPDATE feeds SET etag = ?2, last_modified = ?3, body_hash = ?4, validators_url = ?5
WHERE id = ?1;

-- name: feed_moved
UPDATE feeds SET moved_url = ?2 WHERE id = ?1;

-- Nothing that the place said is the place's that it had moved from.
-- name: feed_undo_move
UPDATE feeds SET undone_url = moved_url, moved_url = NULL, etag = NULL, last_modified = NULL,
	body_hash = NULL, validators_url = NULL
WHERE id = ?1 AND moved_url IS NOT NULL;

-- name: feed_parsed
UPDATE feeds SET parsed = ?2, synced = CASE synced WHEN 0 THEN ?2 ELSE synced END,
	document_title = ?3, home_page_url = ?4, ttl = ?5, skip_hours = ?6, skip_days = ?7, self_url = ?8
WHERE id = ?1;

-- Removed ones too: they may be named again.
-- name: feed_shift
UPDATE feeds SET next_poll = next_poll + ?1,
	last_poll = CASE last_poll WHEN 0 THEN 0 ELSE last_poll + ?1 END,
	not_before = CASE not_before WHEN 0 THEN 0 ELSE not_before + ?1 END;

-- name: hold_shift
UPDATE hold SET until = until + ?1;

-- name: archive_put
INSERT OR REPLACE INTO archive (feed, url, whole, walked, documents, found, failures, due)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8);

-- name: archive_get
SELECT url, whole, walked, documents, found, failures, due FROM archive WHERE feed = ?1;

-- name: archive_drop
DELETE FROM archive WHERE feed = ?1;

-- name: archives_due
SELECT feed FROM archive WHERE due <= ?1 ORDER BY due, feed LIMIT ?2;

-- name: archives_next
SELECT due FROM archive WHERE due > ?1 ORDER BY due LIMIT 1;

-- name: archives_shift
UPDATE archive SET due = due + ?1;

-- name: hold_put
INSERT INTO hold (host, until) VALUES (?1, ?2)
ON CONFLICT (host) DO UPDATE SET until = max(until, excluded.until);

-- name: hold_find
SELECT until FROM hold WHERE host = ?1 AND until > ?2;

-- name: hold_end
DELETE FROM hold WHERE until <= ?1;

-- name: hold_drop
DELETE FROM hold WHERE host = ?1;

-- name: hold_any
SELECT 1 FROM hold LIMIT 1;

-- name: feed_put_off
UPDATE feeds SET next_poll = ?2, why_next = ?3 WHERE id = ?1;

-- name: feed_pause
UPDATE feeds SET stopped = 2 WHERE id = ?1 RETURNING url_key;

-- A feed that had been stopped for its answers is asked at once.
-- name: feed_resume
UPDATE feeds SET next_poll = iif(stopped = 1, min(next_poll, ?2), next_poll),
	crashes = 0, stopped = 0 WHERE id = ?1 RETURNING url_key;

-- name: feed_reset
UPDATE feeds SET etag = NULL, last_modified = NULL, body_hash = NULL, validators_url = NULL,
	moved_url = NULL, undone_url = coalesce(moved_url, undone_url),
	stopped = iif(stopped = 2, 2, 0), failures = 0, crashes = 0, reason = NULL,
	ttl = -1, skip_hours = 0, skip_days = 0, next_poll = max(not_before, ?2),
	why_next = 'reset by hand'
WHERE id = ?1;

-- name: history_put
INSERT INTO history (feed, slot, at, result, status, bytes_wire, bytes_body, new, known, elapsed,
	reason) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)
ON CONFLICT (feed, slot) DO UPDATE SET at = excluded.at, result = excluded.result,
	status = excluded.status, bytes_wire = excluded.bytes_wire, bytes_body = excluded.bytes_body,
	new = excluded.new, known = excluded.known, elapsed = excluded.elapsed,
	reason = excluded.reason;

-- name: history
SELECT at, result, status, bytes_wire, bytes_body, new, known, elapsed, reason FROM history
WHERE feed = ?1 ORDER BY at DESC LIMIT ?2;

-- A part of the same, by number.
-- name: feed_counts_on
SELECT count(*), coalesce(sum(removed = 0), 0), coalesce(sum(removed = 0 AND stopped = 1), 0),
	coalesce(sum(removed = 0 AND stopped = 0 AND failures > 0), 0), coalesce(sum(removed = 0 AND last_poll = 0), 0),
	coalesce(sum(removed = 0 AND stopped = 0 AND last_poll > 0 AND next_poll > ?1), 0),
	coalesce(sum(removed = 0 AND stopped = 2), 0), coalesce(max(id), 0)
FROM (SELECT id, removed, stopped, failures, last_poll, next_poll FROM feeds WHERE id > ?2
	ORDER BY id LIMIT ?3);

-- name: feed_names
SELECT id, name FROM feeds WHERE name > ?1 AND removed = 0 ORDER BY name LIMIT ?2;

-- name: feed_overdue
SELECT count(*), coalesce(min(next_poll), 0) FROM (SELECT next_poll FROM feeds
	WHERE stopped = 0 AND removed = 0 AND leader = 0 AND next_poll <= ?1
	ORDER BY next_poll LIMIT ?2 OFFSET ?3);

-- Each from an index of its own: a million rows are not read to be counted.
-- name: feed_counts
SELECT (SELECT count(*) FROM feeds INDEXED BY feed_key WHERE removed = 0),
	(SELECT count(*) FROM feeds INDEXED BY feed_stopped
		WHERE stopped > 0 AND stopped = 1 AND removed = 0),
	(SELECT count(*) FROM feeds INDEXED BY feed_failing
		WHERE failures > 0 AND removed = 0 AND stopped = 0),
	(SELECT count(*) FROM feeds INDEXED BY feed_unpolled WHERE last_poll = 0 AND removed = 0),
	(SELECT count(*) FROM feeds INDEXED BY feed_due
		WHERE stopped = 0 AND removed = 0 AND leader = 0 AND next_poll > ?1)
	+ (SELECT count(*) FROM feeds INDEXED BY feed_leader
		WHERE leader > 0 AND stopped = 0 AND removed = 0 AND next_poll > ?1)
	- (SELECT count(*) FROM feeds INDEXED BY feed_unpolled
		WHERE last_poll = 0 AND removed = 0 AND next_poll > ?1 AND stopped = 0),
	(SELECT count(*) FROM feeds INDEXED BY feed_stopped
		WHERE stopped > 0 AND stopped = 2 AND removed = 0);

-- name: identity_find
SELECT hash, seq, listed, decision, decided, evidence, revisions, url FROM identity
WHERE feed = ?1 AND identity = ?2;

-- name: identity_put
INSERT INTO identity (feed, identity, hash, seq, listed, decision, decided, evidence, revisions, url)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)
ON CONFLICT (feed, identity) DO UPDATE SET hash = excluded.hash, seq = excluded.seq,
	listed = excluded.listed, decision = excluded.decision, decided = excluded.decided,
	evidence = excluded.evidence, revisions = excluded.revisions, url = excluded.url;

-- name: hash_feed
SELECT seq FROM hash WHERE hash = ?1 AND feed = ?2;

-- name: hash_any
SELECT feed, max(seq) FROM hash WHERE hash = ?1 GROUP BY hash;

-- name: hash_put
INSERT INTO hash (hash, feed, seq, listed) VALUES (?1, ?2, ?3, ?4)
ON CONFLICT (hash, feed) DO UPDATE SET seq = excluded.seq, listed = excluded.listed;

-- name: held_put
INSERT INTO held (feed, identity, hash, revises, at, why, tags, record)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)
ON CONFLICT (feed, identity) DO UPDATE SET hash = excluded.hash, revises = excluded.revises,
	at = excluded.at, why = excluded.why, tags = excluded.tags, record = excluded.record;

-- name: held_find
SELECT id FROM held WHERE feed = ?1 AND identity = ?2;

-- Feed 0 is any, number 0 is any.
-- name: held_next
SELECT id, feed, identity, hash, revises, at, why, tags, record FROM held
WHERE id > ?1 AND (?2 = 0 OR feed = ?2) AND (?3 = 0 OR id = ?3) ORDER BY id LIMIT 1;

-- name: held_drop
DELETE FROM held WHERE id = ?1;

-- name: held_counts
SELECT h.feed, f.name, count(*), sum(length(h.record)), min(h.at)
FROM held h LEFT JOIN feeds f ON f.id = h.feed GROUP BY h.feed ORDER BY f.name;

-- name: held_size
SELECT count(*), coalesce(sum(length(record)), 0) FROM held;

-- name: article_put
INSERT INTO article (seq, hash, feed, day, tags, queues, targets, at, simhash, cluster)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10);

-- name: article_get
SELECT seq, hash, feed, day, tags, queues, targets, at FROM article WHERE seq = ?1;

-- name: article_drop
DELETE FROM article WHERE seq = ?1;

-- name: article_before
SELECT seq FROM article WHERE seq < ?1 ORDER BY seq DESC LIMIT 1;

-- name: article_last_day
SELECT day, at FROM article ORDER BY seq DESC LIMIT 1;

-- name: article_grow
UPDATE article SET tags = ?2, queues = ?3, targets = ?4 WHERE seq = ?1;

-- name: pending_put
INSERT INTO pending (seq, idx, name, path) VALUES (?1, ?2, ?3, ?4);

-- name: pending_all
SELECT seq, idx, name, path FROM pending ORDER BY seq, idx;

-- name: pending_clear
DELETE FROM pending;

-- The walk that forgets. A row is still listed when it was seen by the feed's last document, give
-- or take the slack with which "listed" is refreshed; a feed that is gone lists nothing.

-- name: forget_identity_step
SELECT i.feed, i.identity,
	CASE WHEN f.id IS NULL THEN 1
	WHEN f.removed > 0 THEN f.removed < ?3
	ELSE i.listed < ?3 AND i.listed < f.parsed - ?4 END
FROM identity i LEFT JOIN feeds f ON f.id = i.feed
WHERE (i.feed, i.identity) > (?1, ?2) ORDER BY i.feed, i.identity LIMIT ?5;

-- name: forget_identity
DELETE FROM identity WHERE feed = ?1 AND identity = ?2;

-- name: forget_hash_step
SELECT h.hash, h.feed,
	CASE WHEN f.id IS NULL THEN 1
	WHEN f.removed > 0 THEN f.removed < ?3
	ELSE h.listed < ?3 AND h.listed < f.parsed - ?4 END
FROM hash h LEFT JOIN feeds f ON f.id = h.feed
WHERE (h.hash, h.feed) > (?1, ?2) ORDER BY h.hash, h.feed LIMIT ?5;

-- name: forget_hash
DELETE FROM hash WHERE hash = ?1 AND feed = ?2;

-- name: forget_held
DELETE FROM held WHERE id IN (SELECT h.id FROM held h LEFT JOIN feeds f ON f.id = h.feed
	WHERE f.id IS NULL OR (f.removed > 0 AND f.removed < ?1) LIMIT ?2);

-- name: forget_articles
DELETE FROM article WHERE seq IN (SELECT seq FROM article ORDER BY seq LIMIT ?2) AND at < ?1;

-- name: forget_feeds
DELETE FROM feeds WHERE id IN (
	SELECT id FROM feeds WHERE removed > 0 AND removed < ?1
	AND NOT EXISTS (SELECT 1 FROM identity WHERE identity.feed = feeds.id) LIMIT ?2);

-- Pages that forgetting has freed, so many at a time: 1 MiB.
-- name: vacuum
PRAGMA incremental_vacuum (256);

-- For those who look and change nothing.

-- name: look_articles
SELECT seq, hash, feed, day, tags, queues, targets, at FROM article ORDER BY seq;

-- name: look_feed
SELECT name FROM feeds WHERE id = ?1;

-- name: look_hash
SELECT feed, seq, listed FROM hash WHERE hash = ?1 ORDER BY feed;

-- name: look_items
SELECT feed, identity, hash, seq, listed, decision, decided, evidence, revisions, url FROM identity
WHERE seq = ?1;

-- name: look_urls
SELECT feed, identity, hash, seq, listed, decision, decided, evidence, revisions, url FROM identity
WHERE url = ?1;

-- name: rule_hits_add
INSERT INTO rule_hits (rule, hits, gave_up, last) VALUES (?1, ?2, ?3, ?4)
ON CONFLICT (rule) DO UPDATE SET hits = hits + excluded.hits, gave_up = gave_up + excluded.gave_up,
	last = max(last, excluded.last);

-- name: rule_hits
SELECT rule, hits, gave_up, last FROM rule_hits ORDER BY rule;

-- name: forget_rule_hits
DELETE FROM rule_hits WHERE rule IN (SELECT rule FROM rule_hits WHERE last < ?1 LIMIT ?2);

-- name: dropped_put
INSERT INTO dropped (hash, feed, rule, url, title, at) VALUES (?1, ?2, ?3, ?4, ?5, ?6)
ON CONFLICT (hash, feed) DO UPDATE SET rule = excluded.rule, url = excluded.url,
	title = excluded.title, at = excluded.at;

-- name: dropped_find
SELECT dropped.hash, coalesce(feeds.name, 'a forgotten one'), dropped.rule, dropped.url, dropped.title,
	dropped.at
FROM dropped LEFT JOIN feeds ON feeds.id = dropped.feed
WHERE dropped.url = ?1 ORDER BY dropped.at DESC LIMIT 100;

-- name: forget_dropped
DELETE FROM dropped WHERE (hash, feed) IN (SELECT hash, feed FROM dropped WHERE at < ?1 ORDER BY at LIMIT ?2);

-- For the page.

-- name: view_articles
SELECT seq, hash, feed, day, article.tags, at, coalesce(feeds.tags, '')
FROM article LEFT JOIN feeds ON feeds.id = article.feed WHERE seq < ?1 ORDER BY seq DESC LIMIT ?2;

-- name: view_counts
SELECT coalesce(sum(stopped = 0), 0), coalesce(sum(stopped = 1), 0), coalesce(sum(stopped = 2), 0)
FROM (SELECT stopped FROM feeds WHERE removed = 0 AND (stopped != 0 OR failures > 0) LIMIT ?1);

-- name: view_trouble
SELECT id FROM feeds WHERE removed = 0 AND (stopped != 0 OR failures > 0) AND stopped != 2
ORDER BY stopped DESC, failures DESC LIMIT ?1;

-- name: near
SELECT seq, at, simhash, cluster FROM article ORDER BY seq DESC;
