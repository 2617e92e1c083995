-- One text for SQLite and PostgreSQL: TEXT, BIGINT and BOOLEAN only. Times are Unix seconds, digests
-- and identifiers are base64url, structures are JSON that only Rust reads.

CREATE TABLE doorstep_accounts (
    id TEXT PRIMARY KEY,
    username TEXT NOT NULL UNIQUE,
    password_hash TEXT,
    must_change_password BOOLEAN NOT NULL,
    disabled BOOLEAN NOT NULL,
    claims TEXT NOT NULL,
    verified_email TEXT,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);
CREATE INDEX doorstep_accounts_email ON doorstep_accounts (verified_email)
    WHERE verified_email IS NOT NULL;

-- Who somebody is elsewhere: issuer and subject are the key, and an account has one of them at an issuer.
CREATE TABLE doorstep_links (
    issuer TEXT NOT NULL,
    subject TEXT NOT NULL,
    account_id TEXT NOT NULL,
    provider TEXT NOT NULL,
    made BOOLEAN NOT NULL,
    vouches BOOLEAN NOT NULL,
    linked_at BIGINT NOT NULL,
    PRIMARY KEY (issuer, subject),
    UNIQUE (account_id, issuer)
);

-- What a provider gave at a sign-in: with it the provider can be asked again, and told when the person
-- leaves. It may outlive the session that it began, for refresh tokens do.
CREATE TABLE doorstep_upstream_sessions (
    sid TEXT PRIMARY KEY,
    provider TEXT NOT NULL,
    account_id TEXT NOT NULL,
    subject TEXT NOT NULL,
    sealed TEXT NOT NULL,
    checked_at BIGINT NOT NULL,
    ended_at BIGINT,
    expires_at BIGINT NOT NULL
);
CREATE INDEX doorstep_upstream_sessions_expiry ON doorstep_upstream_sessions (expires_at);

-- What people sign in with besides a password: authenticator apps and passkeys, sealed by the root key.
-- The counter only ever rises: the last time step of an app whose code was used, or a passkey's own
-- count of signatures.
CREATE TABLE doorstep_factors (
    id TEXT PRIMARY KEY,
    account_id TEXT NOT NULL,
    kind TEXT NOT NULL,
    name TEXT NOT NULL,
    credential_id TEXT UNIQUE,
    sealed TEXT NOT NULL,
    counter BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    last_used_at BIGINT
);
CREATE INDEX doorstep_factors_account ON doorstep_factors (account_id);

-- For whoever has lost all of the above. Each works once: it is deleted by its use.
CREATE TABLE doorstep_recovery_codes (
    account_id TEXT NOT NULL,
    digest TEXT NOT NULL,
    PRIMARY KEY (account_id, digest)
);

-- A client that registered itself has the digest of the token that lets it change its settings, and is
-- forgotten at `expires_at` unless an admin's token let it in.
CREATE TABLE doorstep_clients (
    client_id TEXT PRIMARY KEY,
    settings TEXT NOT NULL,
    token_digest TEXT,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    expires_at BIGINT
);
CREATE INDEX doorstep_clients_expiry ON doorstep_clients (expires_at) WHERE expires_at IS NOT NULL;

-- A browser in which somebody is signed in. The cookie itself is not stored.
CREATE TABLE doorstep_sessions (
    id TEXT PRIMARY KEY,
    cookie_digest TEXT NOT NULL UNIQUE,
    account_id TEXT NOT NULL,
    auth_time BIGINT NOT NULL,
    amr TEXT NOT NULL,
    address TEXT NOT NULL,
    user_agent TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    last_seen_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
);
CREATE INDEX doorstep_sessions_account ON doorstep_sessions (account_id);
CREATE INDEX doorstep_sessions_expiry ON doorstep_sessions (expires_at);

CREATE TABLE doorstep_consents (
    account_id TEXT NOT NULL,
    client_id TEXT NOT NULL,
    scope TEXT NOT NULL,
    granted_at BIGINT NOT NULL,
    PRIMARY KEY (account_id, client_id)
);

-- What one authorization code stands for, from its minting to the last refresh: a login is one INSERT
-- and one UPDATE here. The id is the code's digest, the seed is what the code is derived from by the
-- root key, so neither the code nor a refresh token can be read off a row.
CREATE TABLE doorstep_grants (
    id TEXT PRIMARY KEY,
    seed TEXT NOT NULL,
    client_id TEXT NOT NULL,
    redirect_uri TEXT NOT NULL,
    code_challenge TEXT NOT NULL,
    network TEXT NOT NULL,
    jkt TEXT NOT NULL,
    account_id TEXT,
    channel TEXT NOT NULL,
    login TEXT,
    sid TEXT,
    browser TEXT,
    page TEXT,
    payload TEXT NOT NULL,
    authorized_from TEXT NOT NULL,
    redeemed_from TEXT,
    created_at BIGINT NOT NULL,
    code_expires_at BIGINT NOT NULL,
    redeemed_at BIGINT,
    misused_at BIGINT,
    revoked_at BIGINT,
    refresh_lifetime BIGINT NOT NULL,
    generation BIGINT NOT NULL,
    rotated_at BIGINT,
    expires_at BIGINT NOT NULL
);
CREATE INDEX doorstep_grants_expiry ON doorstep_grants (expires_at);
-- Several links of one login share `login`; this lets one of them win, whatever the timing.
CREATE UNIQUE INDEX doorstep_grants_login ON doorstep_grants (login) WHERE redeemed_at IS NOT NULL;

CREATE INDEX doorstep_grants_browser ON doorstep_grants (browser, created_at) WHERE browser IS NOT NULL;

-- What a person sees, and can take back, of their own.
CREATE INDEX doorstep_grants_account ON doorstep_grants (account_id)
    WHERE account_id IS NOT NULL AND revoked_at IS NULL;

-- What ends with its session, found by the session.
CREATE INDEX doorstep_grants_sid ON doorstep_grants (sid) WHERE sid IS NOT NULL AND refresh_lifetime = 0;

-- A client that is told when a session ends (OpenID Connect Back-Channel Logout). `due_at` is null for as
-- long as the session lives.
CREATE TABLE doorstep_logout_notices (
    sid TEXT NOT NULL,
    client_id TEXT NOT NULL,
    account_id TEXT NOT NULL,
    attempts BIGINT NOT NULL,
    due_at BIGINT,
    PRIMARY KEY (sid, client_id)
);
CREATE INDEX doorstep_logout_notices_due ON doorstep_logout_notices (due_at) WHERE due_at IS NOT NULL;

CREATE TABLE doorstep_pushed_requests (
    id TEXT PRIMARY KEY,
    client_id TEXT NOT NULL,
    parameters TEXT NOT NULL,
    expires_at BIGINT NOT NULL
);
CREATE INDEX doorstep_pushed_requests_expiry ON doorstep_pushed_requests (expires_at);

-- Ids of signed statements that count once. The id is a digest.
CREATE TABLE doorstep_spent_jtis (
    id TEXT PRIMARY KEY,
    expires_at BIGINT NOT NULL
);
CREATE INDEX doorstep_spent_jtis_expiry ON doorstep_spent_jtis (expires_at);

-- A device that waits for a person (RFC 8628). The id is the digest of its device code, and of the grant
-- that the person's yes adds to doorstep_grants; the user code is known by what the root key makes of it.
CREATE TABLE doorstep_device_requests (
    id TEXT PRIMARY KEY,
    user_code TEXT NOT NULL UNIQUE,
    client_id TEXT NOT NULL,
    request TEXT NOT NULL,
    asked_from TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    poll_interval BIGINT NOT NULL,
    polled_at BIGINT,
    denied_at BIGINT
);
CREATE INDEX doorstep_device_requests_expiry ON doorstep_device_requests (expires_at);

-- Somebody who is signed in to an app through the gateway. The id is the digest of the app's session cookie,
-- `renewal` that of the cookie that gets new tokens. What the provider gave is sealed by the root key. Whoever
-- asks the provider for new tokens claims the row until then, since the provider may give them once only.
CREATE TABLE doorstep_gateway_sessions (
    id TEXT PRIMARY KEY,
    renewal TEXT NOT NULL,
    app TEXT NOT NULL,
    subject TEXT NOT NULL,
    sid TEXT,
    sealed TEXT NOT NULL,
    checked_at BIGINT NOT NULL,
    claimed_until BIGINT NOT NULL,
    valid_until BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
);
CREATE INDEX doorstep_gateway_sessions_expiry ON doorstep_gateway_sessions (expires_at);
CREATE INDEX doorstep_gateway_sessions_sid ON doorstep_gateway_sessions (app, sid) WHERE sid IS NOT NULL;
CREATE INDEX doorstep_gateway_sessions_subject ON doorstep_gateway_sessions (app, subject);

-- A desktop app that waits for its person to sign in with a browser. The id is the digest of the handle that
-- only the app has, `link` that of the name in the link that the browser opens, `session` the id of the session
-- that the app will have. The row is gone with the answer to the app.
CREATE TABLE doorstep_desktop_sign_ins (
    id TEXT PRIMARY KEY,
    link TEXT NOT NULL UNIQUE,
    app TEXT NOT NULL,
    asked_from TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    session TEXT,
    refused TEXT
);
CREATE INDEX doorstep_desktop_sign_ins_expiry ON doorstep_desktop_sign_ins (expires_at);

-- Private keys, sealed by the root key. A key signs from `active_at` until a younger one is active,
-- and is published from `created_at` to `expires_at`. The ordinal lets one of several replicas win
-- that make the next key at the same time.
CREATE TABLE doorstep_signing_keys (
    kid TEXT PRIMARY KEY,
    alg TEXT NOT NULL,
    ordinal BIGINT NOT NULL,
    sealed TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    active_at BIGINT NOT NULL,
    expires_at BIGINT,
    UNIQUE (alg, ordinal)
);

CREATE TABLE doorstep_audit (
    id TEXT PRIMARY KEY,
    at BIGINT NOT NULL,
    event TEXT NOT NULL,
    account_id TEXT,
    client_id TEXT,
    grant_id TEXT,
    address TEXT NOT NULL,
    detail TEXT NOT NULL
);
