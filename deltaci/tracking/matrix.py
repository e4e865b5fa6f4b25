"""Which version of each product is in which environment, and where that differs (spec §3.5)."""

from collections.abc import Collection

from deltaci.core import Core
from deltaci.states import STATUS_OF
from deltaci.store import matrix as store
from deltaci.store.matrix import CellRows
from deltaci.store.tables import Deployment, Product
from deltaci.store.tracking_reads import all_environments
from deltaci.tracking.nouns import environment_view, promotion_order
from deltaci.wire.tracking_views import Cell, CellDeployment, Matrix, MatrixRow

ENVIRONMENTS_MAX = 200
"""More columns than people and databases can bear; those of the first types are shown."""


async def read_matrix(
    core: Core, products: Collection[str], environments: Collection[str], *, limit: int, cursor: str
) -> Matrix:
    """Read one page of products; only those and only there, if any are named."""
    async with core.database.read() as tx:
        columns = [
            row
            for row in sorted(await all_environments(tx), key=promotion_order)
            if not environments or row.id in environments
        ][:ENVIRONMENTS_MAX]
        page, following = await store.page_of_products(tx, products, limit=limit, cursor=cursor)
        names = [row.id for row in columns]
        cells = await store.cells(tx, [row.id for row in page], names)
    rows = [
        _row(product, {name: cells.get((product.id, name)) for name in names}) for product in page
    ]
    return Matrix(
        environments=[environment_view(row) for row in columns], rows=rows, next_cursor=following
    )


def _row(product: Product, found: dict[str, CellRows | None]) -> MatrixRow:
    cells = {name: _cell(rows) for name, rows in found.items() if rows is not None}
    versions = {cell.current.version for cell in cells.values() if cell.current is not None}
    return MatrixRow(
        product_id=product.uid,
        product_name=product.id,
        drifted=len(versions) > 1,
        cells=cells,
    )


def _cell(rows: CellRows) -> Cell:
    return Cell(
        current=_shown(rows.current), open=_shown(rows.open), last_failed=_shown(rows.last_failed)
    )


def _shown(row: Deployment | None) -> CellDeployment | None:
    if row is None:
        return None
    return CellDeployment(
        deployment_id=row.id,
        version_id=row.version_id,
        version=row.version,
        status=STATUS_OF[row.state],
        change=row.change,
        scm_sha=row.scm_sha,
        deployed_by=row.deployed_by_name or row.deployed_by,
        started_at=row.started_at,
        deployed_at=row.deployed_at,
    )
