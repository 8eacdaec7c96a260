"""Makes an empty database and an empty bucket for one side of a comparison; run by compare.sh.

usage: fresh.py NAME      environment: TEST_MONGODB_URI, TEST_S3_ENDPOINT, TEST_S3_ACCESS_KEY, TEST_S3_SECRET_KEY
"""

import os
import sys

import boto3
import pymongo
from botocore.config import Config

name = sys.argv[1]
pymongo.MongoClient(os.environ["TEST_MONGODB_URI"]).drop_database(name)
s3 = boto3.resource(
    "s3",
    endpoint_url=os.environ["TEST_S3_ENDPOINT"],
    aws_access_key_id=os.environ["TEST_S3_ACCESS_KEY"],
    aws_secret_access_key=os.environ["TEST_S3_SECRET_KEY"],
    region_name="us-east-1",
    config=Config(s3={"addressing_style": "path"}),
)
bucket = s3.Bucket(name)
if bucket in s3.buckets.all():
    bucket.objects.all().delete()
    bucket.delete()
bucket.create()
