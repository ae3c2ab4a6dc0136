"""Stands in for Solr before CKAN: keeps what is indexed, and finds by name, by id and by type. solr.py PORT SCHEMA."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import Any

from flask import Flask, Response, request

app = Flask(__name__)
documents: dict[str, dict[str, Any]] = {}


@app.route("/solr/ckan/update", methods=["GET", "POST"])
@app.route("/solr/ckan/update/", methods=["GET", "POST"])
@app.route("/solr/ckan/update/json/", methods=["POST"])
@app.route("/solr/ckan/update/json/docs", methods=["POST"])
def update() -> dict[str, Any]:
    body = request.get_json(force=True, silent=True)
    if isinstance(body, dict) and "add" in body:
        body = [body["add"]["doc"]]
    for document in body if isinstance(body, list) else []:
        documents[document["index_id"]] = document
    return {"responseHeader": {"status": 0}}


@app.route("/solr/ckan/select", methods=["GET", "POST"])
@app.route("/solr/ckan/select/", methods=["GET", "POST"])
def select() -> dict[str, Any]:
    name = re.search(r'\b(?:name|id):"?([\w-]+)', request.values.get("q", ""))
    kind = re.search(r'dataset_type:"?(\w+)', " ".join([request.values.get("q", ""), *request.values.getlist("fq")]))
    found = [
        each
        for each in documents.values()
        if (not name or name[1] in {each.get("name"), each.get("id")})
        and (not kind or each.get("dataset_type") == kind[1])
    ]
    return {
        "responseHeader": {"status": 0, "params": {}},
        "response": {"numFound": len(found), "start": 0, "docs": found[: int(request.values.get("rows", 10))]},
        "facet_counts": {"facet_fields": {}, "facet_queries": {}, "facet_ranges": {}, "facet_intervals": {}},
        "highlighting": {},
    }


@app.route("/solr/ckan/schema")
def schema() -> Response:
    return Response(Path(sys.argv[2]).read_text("utf-8"), mimetype="application/xml")


app.run(port=int(sys.argv[1]))
