BEGIN TRANSACTION;
CREATE TABLE facts (
    id INTEGER PRIMARY KEY AUTOINCREMENT,  -- grows over all kinds, never used twice
    kind TEXT NOT NULL,                    -- a class of messages/facts.py, ServerStarted or Gap
    at REAL NOT NULL,                      -- Unix time in seconds
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
    lost INTEGER
);
INSERT INTO "facts" VALUES(1,'ServerStarted',1699999990.0,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL);
INSERT INTO "facts" VALUES(2,'AgentInterval',1700000000.0,NULL,NULL,'2771',NULL,NULL,NULL,NULL,'sip:phone1@192.0.2.10',NULL,NULL,NULL,'',NULL,NULL,NULL,'idle',1699999997.0,NULL);
INSERT INTO "facts" VALUES(3,'CallEntered',1700000000.0,'t3k2a1-17',NULL,NULL,'a@b','sip:1@gw','sip:sales@acd','queue',NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL);
INSERT INTO "facts" VALUES(4,'CallJoined',1700000001.0,'t3k2a1-17','sales',NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL);
INSERT INTO "facts" VALUES(5,'CallOffered',1700000002.0,'t3k2a1-17','sales','2771',NULL,NULL,NULL,NULL,'sip:phone1@192.0.2.10',NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL);
INSERT INTO "facts" VALUES(6,'OfferEnded',1700000005.0,'t3k2a1-17',NULL,'2771',NULL,NULL,NULL,NULL,NULL,'answered',3000,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL);
INSERT INTO "facts" VALUES(7,'AgentInterval',1700000005.0,NULL,NULL,'2771',NULL,NULL,NULL,NULL,'sip:phone1@192.0.2.10',NULL,NULL,NULL,'',NULL,NULL,NULL,'oncall',1700000002.0,NULL);
INSERT INTO "facts" VALUES(8,'CallFinished',1700000005.0,'t3k2a1-17',NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,'failed','server-restart','server',4000,0,NULL,NULL,NULL);
INSERT INTO "facts" VALUES(9,'ServerStarted',1700046800.0,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL);
INSERT INTO "facts" VALUES(10,'AgentInterval',1700046800.0,NULL,NULL,'2771',NULL,NULL,NULL,NULL,'sip:phone1@192.0.2.10',NULL,NULL,NULL,'',NULL,NULL,NULL,'unknown',1700046797.0,NULL);
INSERT INTO "facts" VALUES(11,'AgentInterval',1700046802.0,NULL,NULL,'2771',NULL,NULL,NULL,NULL,'sip:phone1@192.0.2.10',NULL,NULL,NULL,'',NULL,NULL,NULL,'idle',1700046799.0,NULL);
INSERT INTO "facts" VALUES(12,'CallEntered',1700046900.0,'c-46900',NULL,NULL,'46900@x','a','b','queue',NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL);
INSERT INTO "facts" VALUES(13,'AgentInterval',1700046950.0,NULL,NULL,'2771',NULL,NULL,NULL,NULL,'sip:phone1@192.0.2.10',NULL,NULL,NULL,'lunch',NULL,NULL,NULL,'paused',1700046947.0,NULL);
CREATE INDEX facts_at ON facts (at);
CREATE INDEX facts_call ON facts (call) WHERE call IS NOT NULL;
CREATE INDEX facts_agent ON facts (agent, id) WHERE kind = 'AgentInterval';
CREATE INDEX facts_started ON facts (kind) WHERE kind = 'ServerStarted';
CREATE VIEW calls AS
SELECT e.id, e.call, e.sip_call_id, e.caller, e.called, e.purpose, j.queue,
       e.at AS entered_at, j.at AS joined_at, f.at AS finished_at,
       f.result, f.reason, f.ended_by, f.waited_ms, f.talked_ms
FROM facts e
LEFT JOIN facts j ON j.id = (SELECT min(id) FROM facts WHERE call = e.call AND kind = 'CallJoined')
LEFT JOIN facts f ON f.call = e.call AND f.kind = 'CallFinished'
WHERE e.kind = 'CallEntered';
CREATE VIEW offers AS
SELECT o.id, o.call, o.queue, o.agent, o.device,
       o.at AS offered_at, e.at AS ended_at, e.outcome, e.rang_ms
FROM facts o
LEFT JOIN facts e ON e.id = (
    SELECT min(id) FROM facts
    WHERE call = o.call AND agent = o.agent AND kind = 'OfferEnded' AND id > o.id)
WHERE o.kind = 'CallOffered';
CREATE VIEW agent_intervals AS
SELECT id, agent, state, reason, device, at AS since,
       lead(at) OVER (PARTITION BY agent ORDER BY id) AS until, idle_since
FROM facts WHERE kind = 'AgentInterval';
DELETE FROM "sqlite_sequence";
INSERT INTO "sqlite_sequence" VALUES('facts',13);
COMMIT;
