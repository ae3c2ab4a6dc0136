"""A whole harvest (gather, fetch, import) into a CKAN, and another after it: harvest.py CKAN.INI CATALOGUE.

It runs in CKAN's own environment, and fails unless the dataset is there with all its files, its licence and formats
that a person can read: first as added, then as updated.
"""

from __future__ import annotations

import os
import sys
import time
import warnings
from typing import Any

INI, CATALOGUE = sys.argv[1:]
LEAST = 18
"""Files that the dataset has at least."""
FORMATS = {"CSV", "GeoJSON", "JSON-LD", "RDF", "TTL"}
"""Formats that a portal shows as words, not as IRIs."""

os.environ["CKAN_INI"] = INI
warnings.simplefilter("ignore")

from ckan.cli import load_config  # noqa: E402
from ckan.config.middleware import make_app  # noqa: E402
from ckan.plugins import toolkit  # noqa: E402
from ckanext.harvest import model as harvests  # noqa: E402
from ckanext.harvest import queue  # noqa: E402
from ckanext.harvest.interfaces import IHarvester  # noqa: E402

from ckan import model, plugins  # noqa: E402 - CKAN reads the configuration when it is imported


def act(action: str, **fields: object) -> Any:  # noqa: ANN401 - each action answers in its own shape
    context = {"user": "admin", "model": model, "session": model.Session, "ignore_auth": True}
    return toolkit.get_action(action)(context, fields)


def harvest(source: str, expected: str) -> list[str]:
    """Harvest all that a source has; give what is wrong with what came of it."""
    job = harvests.HarvestJob.get(act("harvest_job_create", source_id=source, run=False)["id"])
    job.status = "Running"
    job.save()
    harvester = next(each for each in plugins.PluginImplementations(IHarvester) if each.info()["name"] == "dcat_rdf")
    objects = [harvests.HarvestObject.get(each) for each in harvester.gather_stage(job) or []]
    for each in objects:
        queue.fetch_and_import_stages(harvester, each)
    job.status = "Finished"
    job.save()
    faults = [error.message for error in [*job.gather_errors, *(e for each in objects for e in each.errors)]]
    if faults or [each.report_status for each in objects] != [expected]:
        return [*faults, f"{len(objects)} datasets, {[each.report_status for each in objects]}, not one {expected}"]
    package = act("package_show", id=objects[0].package_id)
    formats = {each["format"] for each in package["resources"]}
    print(f"  {expected}: “{package['title']}”, {package['num_resources']} files, licence {package['license_id']}")
    print("  " + ", ".join(sorted(formats)))
    if package["num_resources"] < LEAST:
        faults.append(f"{package['num_resources']} files, not {LEAST} or more")
    if not package["license_id"]:
        faults.append("no licence")
    if not formats >= FORMATS or any("/" in each for each in formats - FORMATS):
        faults.append(f"formats that nobody can read: {sorted(formats)}")
    return faults


app = make_app(load_config(INI))
with getattr(app, "_wsgi_app", app).test_request_context("/"):
    toolkit.g.user, toolkit.g.userobj = "admin", model.User.get("admin")
    name = f"made-up-{time.time_ns()}"
    # Another set-up may have left one, which would be updated and not added.
    for package in model.Session.query(model.Package).filter_by(type="dataset"):
        act("dataset_purge", id=package.id)
    town = act("organization_create", name=name, title="Made-up town")["id"]
    source = act(
        "harvest_source_create",
        name=name,
        title=name,
        url=f"{CATALOGUE}?{name}",
        source_type="dcat_rdf",
        owner_org=town,
    )
    wrong = [fault for status in ("added", "updated") for fault in harvest(source["id"], status)]
    sys.exit("\n".join(wrong) or None)
