"""Make the bucket that RUNUT_S3_BUCKET names unless it is there; for a store that nobody has prepared.

Runs inside the image (`bucket` in compose.yaml). The store may still be starting: the caller starts this again.
"""
# ruff: noqa: INP001 (a program of its own, mounted into the container; no package)

import os

import boto3
from botocore.exceptions import ClientError

ALREADY = {"BucketAlreadyExists", "BucketAlreadyOwnedByYou"}


def make_bucket() -> None:
    """Make the bucket.

    Raises:
        ClientError: the store refuses for another reason than that the bucket is there.
    """
    client = boto3.client(
        "s3",
        endpoint_url=os.environ["RUNUT_S3_ENDPOINT"],
        aws_access_key_id=os.environ["RUNUT_S3_ACCESS_KEY"],
        aws_secret_access_key=os.environ["RUNUT_S3_SECRET_KEY"],
        region_name=os.environ.get("RUNUT_S3_REGION", "us-east-1"),
    )
    try:
        client.create_bucket(Bucket=os.environ["RUNUT_S3_BUCKET"])
    except ClientError as error:
        if error.response["Error"]["Code"] not in ALREADY:
            raise


if __name__ == "__main__":
    make_bucket()
