"""Fills the wardrobes of a benchmark's database: copies garments that were made over HTTP, whatever their fields are.

usage: replicate.py DATABASE GARMENTS_PER_ACCOUNT      environment: TEST_MONGODB_URI
"""

import os
import sys
from datetime import timedelta

import pymongo
from bson import ObjectId

BATCH = 5_000

database, wanted = sys.argv[1], int(sys.argv[2])
clothing = pymongo.MongoClient(os.environ["TEST_MONGODB_URI"])[database].clothing
for user in clothing.distinct("user_id"):
    models = list(clothing.find({"user_id": user}).limit(100))
    missing = wanted - clothing.count_documents({"user_id": user})
    for start in range(0, missing, BATCH):
        copies = []
        for number in range(start, min(start + BATCH, missing)):
            model = models[number % len(models)]
            copies.append(model | {"_id": ObjectId(), "created_at": model["created_at"] - timedelta(seconds=number)})
        clothing.insert_many(copies, ordered=False)
print(clothing.estimated_document_count())
