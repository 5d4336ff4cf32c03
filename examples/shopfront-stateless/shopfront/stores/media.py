"""Pictures, in a bucket."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import boto3
from botocore.exceptions import ClientError

from shopfront.settings import settings


@lru_cache(maxsize=1)
def storage() -> Any:
    """Connect once; boto3 makes its client classes at run time, so there is no type to name."""
    return boto3.client("s3")


def save(name: str, content: bytes) -> None:
    """Store a picture under a name."""
    storage().put_object(Bucket=settings().media_bucket, Key=name, Body=content, ContentType="image/png")


def load(name: str) -> bytes | None:
    """Return a picture, or nothing if there is none."""
    try:
        found = storage().get_object(Bucket=settings().media_bucket, Key=name)
    except ClientError as error:
        if error.response["Error"]["Code"] == "NoSuchKey":
            return None
        raise
    return found["Body"].read()
