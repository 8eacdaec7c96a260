"""Makes the mongod on this port a replica set of one node, unless it is one; succeeds once it takes writes."""

import sys

import pymongo
from pymongo.errors import OperationFailure

ALREADY_INITIALIZED = 23
NOT_YET_INITIALIZED = 94

port = int(sys.argv[1])
options = {"directConnection": True, "serverSelectionTimeoutMS": 2000}
with pymongo.MongoClient("127.0.0.1", port, **options) as client:
    try:
        client.admin.command("replSetGetStatus")
    except OperationFailure as error:
        if error.code != NOT_YET_INITIALIZED:
            raise
        # Without the journal's flush before each acknowledgement: what tests write need not outlive a power cut.
        config = {
            "_id": "rs0",
            "members": [{"_id": 0, "host": f"127.0.0.1:{port}"}],
            "writeConcernMajorityJournalDefault": False,
        }
        try:
            client.admin.command("replSetInitiate", config)
        except OperationFailure as lost_race:
            if lost_race.code != ALREADY_INITIALIZED:
                raise
    sys.exit(0 if client.admin.command("hello")["isWritablePrimary"] else 1)
