BEGIN TRANSACTION;
CREATE TABLE facts (
    seq INTEGER PRIMARY KEY,  -- given by the journal's actor: grows over all kinds, in order
    node TEXT NOT NULL,       -- the machine that wrote it, empty where there is one
    kind TEXT NOT NULL,       -- a class of messages/facts.py
    at REAL NOT NULL,         -- Unix time in seconds
    call TEXT,
    queue TEXT,
    agent TEXT,
    sip_call_id TEXT,
    caller TEXT,
    called TEXT,
    purpose TEXT,
    device TEXT,
    outcome TEXT,
    rang_ms INTEGER,
    result TEXT,
    reason TEXT,
    ended_by TEXT,
    waited_ms INTEGER,
    talked_ms INTEGER,
    state TEXT,
    idle_since REAL,
    strikes INTEGER,
    wrapup_until REAL,
    cooldown_until REAL,
    cooldown TEXT,
    calls INTEGER,
    lease TEXT,
    "by" TEXT,
    "to" TEXT,
    ending TEXT,
    since REAL,
    priority INTEGER,
    place INTEGER,
    target_seconds REAL,
    short_abandon REAL,
    side TEXT,
    held_ms INTEGER,
    caller_number TEXT,
    caller_name TEXT,
    run INTEGER,
    source TEXT,
    method TEXT,
    code INTEGER,
    count INTEGER,
    seconds REAL,
    lost INTEGER
);
INSERT INTO "facts" VALUES(1,'','ServerStarted',1700000000.0,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,1700000000,NULL,NULL,NULL,NULL,NULL,NULL);
INSERT INTO "facts" VALUES(2,'','CallEntered',1700000000.0,'t3k2a1-17','sales',NULL,'a@b','sip:1@gw','sip:sales@acd','queue',NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,'1','Carla',NULL,NULL,NULL,NULL,NULL,NULL,NULL);
INSERT INTO "facts" VALUES(3,'','CallJoined',1700000001.0,'t3k2a1-17','sales',NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,1700000000.0,3,1,20.0,5.0,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL);
INSERT INTO "facts" VALUES(4,'','CallOffered',1700000002.0,'t3k2a1-17','sales','2771',NULL,NULL,NULL,NULL,'sip:phone1@192.0.2.10',NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,'t3k2a1-L1','rule:most-idle',NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL);
INSERT INTO "facts" VALUES(5,'','AgentInterval',1700000006.0,NULL,NULL,'2771',NULL,NULL,NULL,NULL,'sip:phone1@192.0.2.10',NULL,NULL,NULL,'',NULL,NULL,NULL,'ringing',1700000003.0,0,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL);
INSERT INTO "facts" VALUES(6,'','CallEntered',1700000000.0,'t3k2a1-17','sales',NULL,'a@b','sip:1@gw','sip:sales@acd','queue',NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,'1','Carla',NULL,NULL,NULL,NULL,NULL,NULL,NULL);
INSERT INTO "facts" VALUES(7,'','CallJoined',1700000001.0,'t3k2a1-17','sales',NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,1700000000.0,3,1,20.0,5.0,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL);
INSERT INTO "facts" VALUES(8,'','CallOffered',1700000002.0,'t3k2a1-17','sales','2771',NULL,NULL,NULL,NULL,'sip:phone1@192.0.2.10',NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,'t3k2a1-L1','rule:most-idle',NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL);
INSERT INTO "facts" VALUES(9,'','OfferEnded',1700000005.0,'t3k2a1-17',NULL,'2771',NULL,NULL,NULL,NULL,NULL,'answered',3000,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,'t3k2a1-L1','agent:2771',NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL);
INSERT INTO "facts" VALUES(10,'','CallLeft',1700000005.0,'t3k2a1-17','sales','2771',NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,'agent-answered',NULL,4000,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,'agent:2771',NULL,'answered',NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL);
INSERT INTO "facts" VALUES(11,'','LegBridged',1700000005.0,'t3k2a1-17','sales','2771',NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,'t3k2a1-L1',NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL);
INSERT INTO "facts" VALUES(12,'','HoldStarted',1700000020.0,'t3k2a1-17',NULL,'2771',NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,'agent',NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL);
INSERT INTO "facts" VALUES(13,'','HoldEnded',1700000030.0,'t3k2a1-17',NULL,'2771',NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,'agent',NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL);
INSERT INTO "facts" VALUES(14,'','LegEnded',1700000065.0,'t3k2a1-17',NULL,'2771',NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,'hung-up','caller',NULL,50000,NULL,NULL,NULL,NULL,NULL,NULL,NULL,'t3k2a1-L1',NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,10000,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL);
INSERT INTO "facts" VALUES(15,'','CallFinished',1700000065.0,'t3k2a1-17',NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,'answered','hung-up','caller',4000,50000,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,'caller',NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,10000,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL);
INSERT INTO "facts" VALUES(16,'','AgentInterval',1700000009.0,NULL,NULL,'2771',NULL,NULL,NULL,NULL,'sip:phone1@192.0.2.10',NULL,NULL,NULL,'',NULL,NULL,NULL,'oncall',1700000006.0,0,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL);
CREATE INDEX facts_at ON facts (at);
CREATE INDEX facts_call ON facts (call) WHERE call IS NOT NULL;
CREATE INDEX facts_agent ON facts (agent, seq) WHERE kind = 'AgentInterval';
CREATE INDEX facts_refused ON facts (at) WHERE kind = 'CallRefused';
CREATE INDEX facts_run ON facts (kind, seq) WHERE run IS NOT NULL;
CREATE VIEW calls AS
SELECT e.seq, e.node, e.call, e.sip_call_id, e.caller, e.caller_number, e.caller_name, e.called,
       e.purpose, ifnull(j.queue, e.queue) AS queue,
       e.at AS entered_at, j.at AS joined_at, f.at AS finished_at,
       f.result, f.reason, f.ended_by, f."by", f.waited_ms, f.talked_ms, f.held_ms
FROM facts e
LEFT JOIN facts j ON j.seq = (
    SELECT min(seq) FROM facts WHERE call = e.call AND kind = 'CallJoined')
LEFT JOIN facts f ON f.call = e.call AND f.kind = 'CallFinished'
WHERE e.kind = 'CallEntered';
CREATE VIEW visits AS
SELECT v.seq, v.node, v.call, v.queue, v.at AS joined_at, v.since, v.priority, v.place,
       v.target_seconds, v.short_abandon, e.at AS left_at,
       CASE WHEN e.ending IS NOT NULL THEN e.ending
            WHEN e.outcome IS NOT NULL THEN e.outcome
            WHEN e.result IN ('answered', 'abandoned') THEN e.result
            WHEN e.seq IS NOT NULL THEN 'failed' END AS ending,
       e.reason, e."by", e.agent, e."to",
       ifnull(e.waited_ms, CAST(round((e.at - v.at) * 1000) AS INTEGER)) AS waited_ms
FROM facts v
LEFT JOIN facts e ON e.seq = (
    SELECT min(seq) FROM facts
    WHERE call = v.call AND seq > v.seq
      AND (kind = 'CallLeft'
           OR v.priority IS NULL
              AND (kind = 'CallFinished' OR kind = 'OfferEnded' AND outcome = 'answered')))
WHERE v.kind = 'CallJoined';
CREATE VIEW legs AS
SELECT b.seq, b.node, b.call, ifnull(b.queue, j.queue) AS queue, b.agent, b.lease,
       b.at AS bridged_at, e.at AS ended_at,
       CASE WHEN e.kind = 'LegEnded' THEN e.talked_ms
            ELSE CAST(round((e.at - b.at) * 1000) AS INTEGER) END AS talked_ms,
       e.held_ms, e.ended_by, e.reason
FROM facts b
LEFT JOIN facts j ON j.seq = (
    SELECT max(seq) FROM facts WHERE call = b.call AND kind = 'CallJoined' AND seq < b.seq)
LEFT JOIN facts e ON e.seq = (
    SELECT min(seq) FROM facts
    WHERE call = b.call AND seq > b.seq
      AND (kind = 'LegEnded' AND lease = b.lease OR b.lease IS NULL AND kind = 'CallFinished'))
WHERE b.kind = 'LegBridged'
   OR b.kind = 'OfferEnded' AND b.outcome = 'answered' AND b.lease IS NULL;
CREATE VIEW offers AS
SELECT o.seq, o.node, o.call, o.queue, o.agent, o.device, o.lease,
       o.at AS offered_at, e.at AS ended_at, e.outcome, e.rang_ms, e."by"
FROM facts o
LEFT JOIN facts e ON e.seq = (
    SELECT min(seq) FROM facts
    WHERE call = o.call AND agent = o.agent AND kind = 'OfferEnded' AND seq > o.seq)
WHERE o.kind = 'CallOffered';
CREATE VIEW agent_intervals AS
SELECT i.seq, i.node, i.agent, i.state, i.reason, i."by", i.call, i.queue, i.device,
       i.at AS since,
       (SELECT at FROM facts WHERE seq = min(ifnull(i.next, i.stop), ifnull(i.stop, i.next)))
           AS until,
       i.idle_since, i.strikes, i.wrapup_until, i.cooldown_until, i.cooldown, i.calls, i.talked_ms
FROM (
    SELECT *,
           (SELECT min(seq) FROM facts n
            WHERE n.kind = 'AgentInterval' AND n.agent = f.agent AND n.seq > f.seq) AS next,
           (SELECT min(seq) FROM facts s
            WHERE s.kind = 'ServerStopped' AND s.run IS NOT NULL AND s.seq > f.seq) AS stop
    FROM facts f
    WHERE kind = 'AgentInterval'
) i;
CREATE VIEW refusals AS
SELECT seq, node, at AS until, source, method, code, reason, count, seconds
FROM facts WHERE kind = 'CallRefused';
CREATE VIEW runs AS
SELECT b.seq, b.node, b.run, b.at AS started_at, e.at AS stopped_at, e.reason
FROM facts b
LEFT JOIN facts e ON e.seq = (
    SELECT min(seq) FROM facts
    WHERE kind = 'ServerStopped' AND run IS NOT NULL AND seq > b.seq)
WHERE b.kind = 'ServerStarted' AND b.run IS NOT NULL;
COMMIT;
