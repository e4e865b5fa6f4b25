"""Say what the rules would say of a deployment, and record nothing."""

from deltaci.core import Core
from deltaci.ids import new_uid
from deltaci.rules.check import check_rules
from deltaci.rules.model import Attempt
from deltaci.rules.refusal import finding_body, preflight_status
from deltaci.wire.rules import Preflight, PreflightView

ALLOWED = 200


async def rehearse(core: Core, caller_id: str, request: Preflight) -> PreflightView:
    """Ask all rules and open requests."""
    attempt = Attempt(
        id=new_uid(),
        product=request.product_name,
        version=request.version,
        environment=request.environment_name,
        actor=request.deployed_by or caller_id,
        at=request.at or core.clock(),
        invoke_id=request.invoke_id,
    )
    async with core.database.read() as tx:
        verdict = await check_rules(tx, core, attempt, dry_run=True)
    refusal = verdict.refusal
    return PreflightView(
        would_allow=refusal is None,
        preflight_status=preflight_status(verdict),
        code=refusal.code if refusal else None,
        message=refusal.message if refusal else None,
        http_status=int(refusal.http_status) if refusal else ALLOWED,
        retry_after=refusal.retry_after if refusal else None,
        rules_evaluated=[finding_body(each) for each in verdict.findings],
    )
