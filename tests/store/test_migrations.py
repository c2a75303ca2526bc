from app.catalogue.places import shipped
from app.store.database import Database
from app.store.migrating import drift, migrate, unmigrate


async def test_the_migrations_make_exactly_the_tables_the_program_knows(database: Database) -> None:
    assert await drift(database) == []


async def test_migrations_go_down_and_up_again_and_are_idempotent(empty_url: str) -> None:
    database = Database(empty_url, pool=1)
    await migrate(database, shipped("migrations"))
    await unmigrate(database, shipped("migrations"))
    await migrate(database, shipped("migrations"))
    await migrate(database, shipped("migrations"))
    assert await drift(database) == []
    await database.aclose()
