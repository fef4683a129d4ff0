"""Code of the person's own, in words. No Qt."""

from app.core.own_code.description import OwnCode
from app.ui.display_text import visible


def code_facts(code: OwnCode) -> str:
    """Return what is known of code of the person's own, a line each."""
    lines = [f"{code.name} in {code.file}", f"Stop: {code.stop.sentence}"]
    lines += [f"Argument {name}: {literal}" for name, literal in code.arguments]
    lines.append(f"Working folder: {code.working_folder}")
    lines += [f"Environment: {name}={value}" for name, value in code.environment]
    return "\n".join(map(visible, lines))
