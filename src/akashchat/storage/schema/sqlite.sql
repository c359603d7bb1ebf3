CREATE TABLE alembic_version (
    version_num VARCHAR(32) NOT NULL,
    CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)
);

CREATE TABLE responses (
    id TEXT NOT NULL,
    owner TEXT NOT NULL,
    created BIGINT NOT NULL,
    size BIGINT NOT NULL,
    previous TEXT NOT NULL,
    response BLOB NOT NULL,
    items BLOB NOT NULL,
    PRIMARY KEY (owner, id)
);

CREATE INDEX responses_created ON responses (created);

INSERT INTO alembic_version (version_num) VALUES ('0001') RETURNING version_num;

CREATE TABLE keys (
    id TEXT NOT NULL,
    name TEXT DEFAULT '' NOT NULL,
    prefix TEXT DEFAULT '' NOT NULL,
    digest BLOB NOT NULL,
    admin BIGINT DEFAULT '0' NOT NULL,
    scope TEXT DEFAULT '' NOT NULL,
    allowance TEXT DEFAULT '' NOT NULL,
    created_at DOUBLE NOT NULL,
    expires_at DOUBLE,
    revoked_at DOUBLE,
    last_used_at DOUBLE,
    note TEXT DEFAULT '' NOT NULL,
    PRIMARY KEY (id),
    UNIQUE (digest)
);

CREATE TABLE counters (
    "key" TEXT NOT NULL,
    kind TEXT NOT NULL,
    window BIGINT NOT NULL,
    used BIGINT DEFAULT '0' NOT NULL,
    reserved BIGINT DEFAULT '0' NOT NULL,
    PRIMARY KEY ("key", kind, window)
);

CREATE TABLE reservations (
    id TEXT NOT NULL,
    "key" TEXT DEFAULT '' NOT NULL,
    expires_at DOUBLE NOT NULL,
    tokens BIGINT DEFAULT '0' NOT NULL,
    windows TEXT DEFAULT '' NOT NULL,
    PRIMARY KEY (id)
);

CREATE INDEX reservations_key ON reservations ("key");

CREATE INDEX reservations_expires_at ON reservations (expires_at);

CREATE TABLE ledger (
    id INTEGER NOT NULL,
    at DOUBLE NOT NULL,
    request_id TEXT DEFAULT '' NOT NULL,
    "key" TEXT DEFAULT '' NOT NULL,
    caller TEXT DEFAULT '' NOT NULL,
    user TEXT DEFAULT '' NOT NULL,
    dialect TEXT DEFAULT '' NOT NULL,
    model TEXT DEFAULT '' NOT NULL,
    true_model TEXT DEFAULT '' NOT NULL,
    upstream TEXT DEFAULT '' NOT NULL,
    stream BIGINT DEFAULT '0' NOT NULL,
    attempts BIGINT DEFAULT '0' NOT NULL,
    rescues BIGINT DEFAULT '0' NOT NULL,
    input_tokens BIGINT,
    output_tokens BIGINT,
    reasoning_tokens BIGINT DEFAULT '0' NOT NULL,
    estimated BIGINT DEFAULT '0' NOT NULL,
    first_event_ms DOUBLE,
    duration_ms DOUBLE NOT NULL,
    outcome TEXT DEFAULT '' NOT NULL,
    error TEXT DEFAULT '' NOT NULL,
    cost DOUBLE,
    PRIMARY KEY (id)
);

CREATE INDEX ledger_at ON ledger (at);

CREATE INDEX ledger_key_at ON ledger ("key", at);

CREATE TABLE bodies (
    request_id TEXT NOT NULL,
    at DOUBLE NOT NULL,
    request BLOB NOT NULL,
    answer BLOB NOT NULL,
    PRIMARY KEY (request_id)
);

CREATE INDEX bodies_at ON bodies (at);

CREATE TABLE shelf (
    name TEXT NOT NULL,
    value BLOB NOT NULL,
    ends_at DOUBLE NOT NULL,
    PRIMARY KEY (name)
);

CREATE INDEX shelf_ends_at ON shelf (ends_at);

CREATE TABLE marks (
    name TEXT NOT NULL,
    number BIGINT DEFAULT '0' NOT NULL,
    PRIMARY KEY (name)
);

UPDATE alembic_version SET version_num='0002' WHERE alembic_version.version_num = '0001';
