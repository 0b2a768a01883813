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
    run INTEGER,
    source TEXT,
    method TEXT,
    code INTEGER,
    count INTEGER,
    seconds REAL,
    lost INTEGER
);
INSERT INTO "facts" VALUES(1,'','ServerStarted',1699999990.0,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,1699999990,NULL,NULL,NULL,NULL,NULL,NULL);
INSERT INTO "facts" VALUES(2,'','AgentInterval',1700000000.0,NULL,NULL,'2771',NULL,NULL,NULL,NULL,'sip:phone1@192.0.2.10',NULL,NULL,NULL,'',NULL,NULL,NULL,'idle',1699999997.0,0,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL);
INSERT INTO "facts" VALUES(3,'','CallEntered',1700000001.0,'t3k2a1-17',NULL,NULL,'17@b','sip:1@gw','sip:sales@acd','queue',NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL);
INSERT INTO "facts" VALUES(4,'','CallJoined',1700000002.0,'t3k2a1-17','sales',NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL);
INSERT INTO "facts" VALUES(5,'','CallOffered',1700000003.0,'t3k2a1-17','sales','2771',NULL,NULL,NULL,NULL,'sip:phone1@192.0.2.10',NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL);
INSERT INTO "facts" VALUES(6,'','OfferEnded',1700000006.0,'t3k2a1-17',NULL,'2771',NULL,NULL,NULL,NULL,NULL,'answered',3000,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL);
INSERT INTO "facts" VALUES(7,'','AgentInterval',1700000006.0,NULL,'sales','2771',NULL,NULL,NULL,NULL,'sip:phone1@192.0.2.10',NULL,NULL,NULL,'',NULL,NULL,NULL,'oncall',1699999997.0,0,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL);
INSERT INTO "facts" VALUES(8,'','CallFinished',1700000036.0,'t3k2a1-17',NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,'answered','caller-hung-up','caller',4000,30000,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL);
INSERT INTO "facts" VALUES(9,'','AgentInterval',1700000036.0,NULL,NULL,'2771',NULL,NULL,NULL,NULL,'sip:phone1@192.0.2.10',NULL,NULL,NULL,'',NULL,NULL,NULL,'wrapup',1699999997.0,0,1700000056.0,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL);
INSERT INTO "facts" VALUES(10,'','CallEntered',1700000040.0,'t3k2a1-18',NULL,NULL,'18@b','sip:1@gw','sip:sales@acd','queue',NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL);
INSERT INTO "facts" VALUES(11,'','CallJoined',1700000041.0,'t3k2a1-18','sales',NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL);
INSERT INTO "facts" VALUES(12,'','CallFinished',1700000052.0,'t3k2a1-18',NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,'abandoned','caller-hung-up','caller',11000,0,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL);
INSERT INTO "facts" VALUES(13,'','CallEntered',1700000060.0,'t3k2a1-19',NULL,NULL,'19@b','sip:1@gw','sip:sales@acd','queue',NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL);
INSERT INTO "facts" VALUES(14,'','CallJoined',1700000061.0,'t3k2a1-19','sales',NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL);
INSERT INTO "facts" VALUES(15,'','CallOffered',1700000062.0,'t3k2a1-19','sales','2771',NULL,NULL,NULL,NULL,'sip:phone1@192.0.2.10',NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL);
INSERT INTO "facts" VALUES(16,'','OfferEnded',1700000064.0,'t3k2a1-19',NULL,'2771',NULL,NULL,NULL,NULL,NULL,'no-answer',2000,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL);
INSERT INTO "facts" VALUES(17,'','CallOffered',1700000064.0,'t3k2a1-19','sales','2772',NULL,NULL,NULL,NULL,'sip:phone1@192.0.2.10',NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL);
INSERT INTO "facts" VALUES(18,'','OfferEnded',1700000070.0,'t3k2a1-19',NULL,'2772',NULL,NULL,NULL,NULL,NULL,'answered',6000,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL);
INSERT INTO "facts" VALUES(19,'','AgentInterval',1700000070.0,NULL,'sales','2772',NULL,NULL,NULL,NULL,'sip:phone2@192.0.2.10',NULL,NULL,NULL,'',NULL,NULL,NULL,'oncall',1700000000.0,0,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL);
INSERT INTO "facts" VALUES(20,'','CallEntered',1700000071.0,'t3k2a1-20',NULL,NULL,'20@b','sip:1@gw','sip:sales@acd','queue',NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL);
INSERT INTO "facts" VALUES(21,'','CallJoined',1700000072.0,'t3k2a1-20','sales',NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL);
INSERT INTO "facts" VALUES(22,'','CallEntered',1700000080.0,'t3k2a1-21',NULL,NULL,'21@b','sip:1@gw','sip:acdlogin@acd','login',NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL);
CREATE INDEX facts_at ON facts (at);
CREATE INDEX facts_call ON facts (call) WHERE call IS NOT NULL;
CREATE INDEX facts_agent ON facts (agent, seq) WHERE kind = 'AgentInterval';
CREATE INDEX facts_refused ON facts (at) WHERE kind = 'CallRefused';
CREATE INDEX facts_run ON facts (kind, seq) WHERE run IS NOT NULL;
CREATE VIEW calls AS
SELECT e.seq, e.node, e.call, e.sip_call_id, e.caller, e.called, e.purpose, j.queue,
       e.at AS entered_at, j.at AS joined_at, f.at AS finished_at,
       f.result, f.reason, f.ended_by, f.waited_ms, f.talked_ms
FROM facts e
LEFT JOIN facts j ON j.seq = (
    SELECT min(seq) FROM facts WHERE call = e.call AND kind = 'CallJoined')
LEFT JOIN facts f ON f.call = e.call AND f.kind = 'CallFinished'
WHERE e.kind = 'CallEntered';
CREATE VIEW offers AS
SELECT o.seq, o.node, o.call, o.queue, o.agent, o.device,
       o.at AS offered_at, e.at AS ended_at, e.outcome, e.rang_ms
FROM facts o
LEFT JOIN facts e ON e.seq = (
    SELECT min(seq) FROM facts
    WHERE call = o.call AND agent = o.agent AND kind = 'OfferEnded' AND seq > o.seq)
WHERE o.kind = 'CallOffered';
CREATE VIEW agent_intervals AS
SELECT i.seq, i.node, i.agent, i.state, i.reason, i.queue, i.device, i.at AS since,
       (SELECT at FROM facts WHERE seq = min(ifnull(i.next, i.stop), ifnull(i.stop, i.next)))
           AS until,
       i.idle_since, i.strikes, i.wrapup_until, i.cooldown_until, i.cooldown
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
