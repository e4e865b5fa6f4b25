"""The day's quotas of a group in an environment: deployments and promotions, and rollbacks."""

import hashlib
from datetime import datetime, timedelta

from deltaci.deployments.question import Quota
from deltaci.store.database import Transaction
from deltaci.store.usage import count_use

DEPLOYS, ROLLBACKS = "deploy", "rollback"
DAY = timedelta(days=1)
KEY_MAX_LENGTH = 200


def day_of(moment: datetime) -> datetime:
    """Return when the UTC day of a moment began."""
    return moment.replace(hour=0, minute=0, second=0, microsecond=0)


def usage_key(group_id: str, environment: str) -> str:
    """Return whom a use is counted for."""
    key = f"{group_id}/{environment}"
    return key if len(key) <= KEY_MAX_LENGTH else hashlib.sha256(key.encode()).hexdigest()


async def use_quota(tx: Transaction, what: str, who: str, quota: Quota) -> bool:
    """Count one use in the transaction that makes it; False when there is none left."""
    begin = quota.ends_at - DAY
    return await count_use(tx, what, who, begin, quota.ends_at, quota.limit)
