"""One unit of work is one transaction; nothing else in the program opens one."""

from app.store.database.identifiers import new_id, new_ids
from app.store.database.pool import Database, meant
from app.store.database.transaction import WORK, Store

__all__ = ["WORK", "Database", "Store", "meant", "new_id", "new_ids"]
