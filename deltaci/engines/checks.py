"""What is wrong with a recipe's engine part, in sentences."""

from pydantic import ValidationError


def faults_of(error: ValidationError) -> list[str]:
    """Return one sentence for each fault; values are left out, secrets may be among them."""
    faults = error.errors(include_url=False, include_context=False, include_input=False)
    return [f"{'.'.join(map(str, ('engine', *fault['loc'])))}: {fault['msg']}" for fault in faults]
