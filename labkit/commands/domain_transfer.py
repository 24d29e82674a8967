"""What ``labkit train domain-transfer`` does; ``labkit.commands.train`` calls it."""

import click

from labkit import device, files


def run(profile, resume, out, settings, seed, limit, minutes, stand_in, ship, only_show):
    """Train f, g and the discriminator from a profile's plan, and ship them where asked."""
    from labkit.training import transfer_plan

    plan = transfer_plan.plan(profile, **settings, seed=seed)
    if limit:
        plan = plan.changed(source_limit=limit, target_limit=limit)
    if only_show:
        _show(plan)
        return
    out = out or files.home() / "build" / "train" / f"domain-transfer-{profile}"
    device.quiet_tensorflow()
    from labkit.training import results, transfer, transfer_shipping

    source, target = transfer.sets(plan, stand_in=stand_in)
    found = transfer.train(plan, source, target, out=out, resume=resume, minutes=minutes, say=click.echo)
    results.write(out / "results.json", found.summary)
    click.echo(f"{found.summary['steps']:,} of {plan.steps:,} steps in {found.summary['minutes']} minutes; {out}")
    if ship:
        card = transfer_shipping.ship(found)
        click.echo(f"Wrote data/pretrained/domain-transfer: SHA-256 {card['sha256'][:12]}…")


def _show(plan):
    import dataclasses

    for field in dataclasses.fields(plan):
        if field.name != "why":
            click.echo(f"{field.name:20} {getattr(plan, field.name)!s:18} {plan.why.get(field.name, '')}".rstrip())
