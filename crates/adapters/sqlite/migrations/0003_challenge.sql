-- Prompt Challenge. Fields of the source document keep its names; one inside another is written with an underscore between.
-- Long texts come last in their tables, so that reading the columns ahead of them reads no overflow pages.

CREATE TABLE participants (
    _id TEXT NOT NULL PRIMARY KEY,
    role TEXT NOT NULL,
    prenom TEXT NOT NULL,
    nom TEXT NOT NULL,
    dateNaissance TEXT,
    numeroEtudiant TEXT,
    consentementRGPD INTEGER,
    consentementRGPD_version TEXT,
    consentementRGPD_at INTEGER,
    tokensAuthorized INTEGER,
    tokensUsed INTEGER NOT NULL,
    tokensReserved INTEGER NOT NULL,
    createdAt INTEGER NOT NULL,
    updatedAt INTEGER NOT NULL,
    profilEtudiant TEXT,
    profilJury TEXT
) STRICT;
CREATE INDEX participants_createdAt ON participants (createdAt DESC, _id DESC);
CREATE INDEX participants_role ON participants (role, createdAt DESC, _id DESC);

CREATE TABLE hackathons (
    _id TEXT NOT NULL PRIMARY KEY,
    nom TEXT NOT NULL,
    statut TEXT NOT NULL,
    dates_debut INTEGER NOT NULL,
    dates_fin INTEGER NOT NULL,
    dates_archiveLe INTEGER,
    anonymatActif INTEGER NOT NULL,
    quotas_promptsParEtudiant INTEGER NOT NULL,
    quotas_tokensParEtudiant INTEGER NOT NULL,
    publishedAt INTEGER,
    version INTEGER NOT NULL,
    createdAt INTEGER NOT NULL,
    updatedAt INTEGER NOT NULL,
    taches TEXT NOT NULL,
    description TEXT NOT NULL,
    objectifs TEXT NOT NULL
) STRICT;
CREATE INDEX hackathons_statut ON hackathons (statut, dates_debut DESC, _id DESC);
CREATE INDEX hackathons_debut ON hackathons (dates_debut DESC, _id DESC, statut);
CREATE INDEX hackathons_dates ON hackathons (dates_debut, dates_fin);
CREATE INDEX hackathons_running ON hackathons (dates_fin) WHERE statut = 'En cours';
CREATE INDEX hackathons_finished ON hackathons (dates_archiveLe) WHERE statut = 'Terminé';

-- The words of name and description as they are searched: lower case, without accents.
CREATE TABLE hackathon_words (
    word TEXT NOT NULL,
    hackathonId TEXT NOT NULL REFERENCES hackathons (_id) ON DELETE CASCADE,
    PRIMARY KEY (word, hackathonId)
) STRICT, WITHOUT ROWID;
CREATE INDEX hackathon_words_hackathon ON hackathon_words (hackathonId);

-- key: hackathon, student and whether it is the test, in one text.
CREATE TABLE enrolments (
    key TEXT NOT NULL PRIMARY KEY,
    hackathonId TEXT NOT NULL,
    studentId TEXT NOT NULL,
    test INTEGER NOT NULL,
    pseudonym TEXT NOT NULL,
    promptsUsed INTEGER NOT NULL,
    tokensUsed INTEGER NOT NULL,
    reservations TEXT NOT NULL,
    createdAt INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX enrolments_pseudonym ON enrolments (hackathonId, pseudonym);
CREATE INDEX enrolments_student ON enrolments (studentId);

CREATE TABLE conversations (
    _id TEXT NOT NULL PRIMARY KEY,
    alias TEXT NOT NULL,
    hackathonId TEXT NOT NULL,
    tacheId TEXT NOT NULL,
    studentId TEXT NOT NULL,
    groupId TEXT,
    modelName TEXT NOT NULL,
    temperature REAL NOT NULL,
    maxTokens INTEGER NOT NULL,
    maxTokensUsed INTEGER,
    temperatureUsed REAL,
    messageCount INTEGER NOT NULL,
    size INTEGER NOT NULL,
    statistiquesIA_models TEXT NOT NULL,
    statistiquesIA_coutEstime INTEGER NOT NULL,
    inFlight_messageId TEXT,
    inFlight_seenAt INTEGER,
    inFlight_stopRequested INTEGER,
    evaluationCount INTEGER NOT NULL,
    test INTEGER NOT NULL,
    archived INTEGER NOT NULL,
    createdAt INTEGER NOT NULL,
    updatedAt INTEGER NOT NULL,
    versionFinale_soumisLe INTEGER,
    versionFinale_promptFinal TEXT,
    versionFinale_reponseIAFinale TEXT
) STRICT;
CREATE UNIQUE INDEX conversations_alias ON conversations (alias);
CREATE INDEX conversations_student ON conversations (studentId, createdAt DESC, _id DESC, archived);
CREATE INDEX conversations_hackathon ON conversations (hackathonId, createdAt DESC, _id DESC, archived);
CREATE INDEX conversations_hackathon_student ON conversations (hackathonId, studentId, createdAt DESC, _id DESC, archived);
CREATE INDEX conversations_student_updatedAt ON conversations (studentId, updatedAt DESC, _id DESC, versionFinale_soumisLe);
CREATE INDEX conversations_soumisLe ON conversations (versionFinale_soumisLe);
CREATE INDEX conversations_gradable ON conversations (hackathonId, alias) WHERE versionFinale_soumisLe IS NOT NULL AND test = FALSE;
CREATE INDEX conversations_inFlight ON conversations (inFlight_seenAt, _id) WHERE inFlight_messageId IS NOT NULL;

CREATE TABLE messages (
    _id TEXT NOT NULL PRIMARY KEY,
    conversationId TEXT NOT NULL REFERENCES conversations (_id) ON DELETE CASCADE,
    position INTEGER NOT NULL,
    role TEXT NOT NULL,
    state TEXT NOT NULL,
    createdAt INTEGER NOT NULL,
    tokenCount INTEGER,
    estimated INTEGER NOT NULL,
    modelUsed TEXT,
    cost INTEGER,
    finishReason TEXT,
    content TEXT NOT NULL
) STRICT;
CREATE UNIQUE INDEX messages_conversation ON messages (conversationId, position);

CREATE TABLE evaluations (
    _id TEXT NOT NULL PRIMARY KEY,
    conversationId TEXT NOT NULL,
    studentId TEXT NOT NULL,
    examinerId TEXT NOT NULL,
    hackathonId TEXT NOT NULL,
    tacheId TEXT NOT NULL,
    note REAL NOT NULL,
    version INTEGER NOT NULL,
    gradedAt INTEGER NOT NULL,
    createdAt INTEGER NOT NULL,
    updatedAt INTEGER NOT NULL,
    comment TEXT NOT NULL
) STRICT;
CREATE UNIQUE INDEX evaluations_pair ON evaluations (examinerId, conversationId);
CREATE INDEX evaluations_gradedAt ON evaluations (gradedAt DESC, _id DESC);
CREATE INDEX evaluations_examiner ON evaluations (examinerId, gradedAt DESC, _id DESC);
CREATE INDEX evaluations_examiner_hackathon ON evaluations (examinerId, hackathonId, gradedAt DESC, _id DESC, conversationId);
CREATE INDEX evaluations_student ON evaluations (studentId, gradedAt DESC, _id DESC);
CREATE INDEX evaluations_hackathon ON evaluations (hackathonId, gradedAt DESC, _id DESC);
CREATE INDEX evaluations_hackathon_note ON evaluations (hackathonId, note DESC);
CREATE INDEX evaluations_hackathon_id ON evaluations (hackathonId, _id);
CREATE INDEX evaluations_conversation ON evaluations (conversationId, examinerId);

CREATE TABLE assignments (
    conversationId TEXT NOT NULL,
    examinerId TEXT NOT NULL,
    hackathonId TEXT NOT NULL,
    state TEXT NOT NULL,
    until INTEGER,
    at INTEGER NOT NULL,
    PRIMARY KEY (conversationId, examinerId)
) STRICT, WITHOUT ROWID;
CREATE INDEX assignments_examiner ON assignments (examinerId, hackathonId);
CREATE INDEX assignments_hackathon ON assignments (hackathonId);

CREATE TABLE results (
    hackathonId TEXT NOT NULL PRIMARY KEY,
    publishedAt INTEGER NOT NULL,
    content TEXT NOT NULL
) STRICT;
