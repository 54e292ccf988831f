"""A stand-in for Qdrant's server: Qdrant's own engine (qdrant-edge-py) behind the REST routes that a store needs.

It takes filters, scores and orders from the engine; what it adds itself are routes, collections, validation and error texts, checked
against recordings of a real server. It says nothing about crashes, restarts, keys, aliases or clusters.
Usage: stand-in.py PORT FOLDER
"""

import json
import re
import shutil
import sys
import threading
import uuid
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit

import qdrant_edge as edge

DISTANCES = {"Cosine": edge.Distance.Cosine, "Dot": edge.Distance.Dot, "Euclid": edge.Distance.Euclid}
SCHEMAS = {
    "keyword": edge.PayloadSchemaType.Keyword,
    "integer": edge.PayloadSchemaType.Integer,
    "float": edge.PayloadSchemaType.Float,
    "bool": edge.PayloadSchemaType.Bool,
    "uuid": edge.PayloadSchemaType.Uuid,
}
RANGED = ("integer", "float", "datetime")
# The engine has no collection without a vector.
PLACEHOLDER = "stand-in:none"
# The engine's binding takes true for 1, so that truth is kept as a text that nobody else writes.
TRUE, FALSE = "\x01true", "\x01false"
BODY_LIMIT = 32 * 1024 * 1024


class Refusal(Exception):
    def __init__(self, status, text):
        self.status, self.text = status, text


def malformed(text):
    return Refusal(400, f"Format error in JSON body: {text}")


def wrong(text):
    return Refusal(400, f"Wrong input: {text}")


def hide(value):
    """Booleans as the engine keeps them."""
    if isinstance(value, bool):
        return TRUE if value else FALSE
    if isinstance(value, list):
        return [hide(one) for one in value]
    if isinstance(value, dict):
        return {key: hide(one) for key, one in value.items()}
    return value


def show(value):
    if value == TRUE or value == FALSE:
        return value == TRUE
    if isinstance(value, list):
        return [show(one) for one in value]
    if isinstance(value, dict):
        return {key: show(one) for key, one in value.items()}
    return value


def point_id(value):
    if isinstance(value, int) and not isinstance(value, bool) and value >= 0:
        return value
    try:
        if isinstance(value, str) and not value.isdigit():
            return uuid.UUID(value)
    except ValueError:
        pass
    shown = value if isinstance(value, str) else json.dumps(value)
    raise malformed(
        f"value {shown} is not a valid point ID, valid values are either an unsigned integer or a UUID"
    )


def show_id(value):
    return value if isinstance(value, int) else str(value)


UNTAGGED = "data did not match any variant of untagged enum MatchInterface"


def match_of(given):
    if not isinstance(given, dict):
        raise malformed(UNTAGGED)
    if "value" in given:
        value = given["value"]
        if not isinstance(value, (str, int)):
            raise malformed(UNTAGGED)
        return edge.MatchValue(hide(value))
    for name, kind in (("any", edge.MatchAny), ("except", edge.MatchExcept)):
        if name in given:
            values = given[name]
            kinds = {type(value) for value in values}
            if len(kinds) > 1 or not kinds <= {str, int}:
                raise malformed(UNTAGGED)
            return kind(values)
    if "text" in given:
        return edge.MatchText(given["text"])
    raise malformed(UNTAGGED)


def condition_of(given, path):
    if not isinstance(given, dict):
        raise malformed("data did not match any variant of untagged enum Condition")
    if "is_empty" in given:
        return edge.IsEmptyCondition(given["is_empty"]["key"])
    if "is_null" in given:
        return edge.IsNullCondition(given["is_null"]["key"])
    if "has_id" in given:
        return edge.HasIdCondition({point_id(one) for one in given["has_id"]})
    if "has_vector" in given:
        return edge.HasVectorCondition(given["has_vector"])
    if "nested" in given:
        return edge.NestedCondition(given["nested"]["key"], filter_of(given["nested"]["filter"], path))
    if "key" in given:
        if "match" not in given and "range" not in given:
            raise Refusal(
                422,
                f"Validation error in JSON body: [{path}.__all__: Validation error: At least one field condition must be specified [{{}}]]",
            )
        match = match_of(given["match"]) if "match" in given else None
        bounds = edge.RangeFloat(**given["range"]) if "range" in given else None
        return edge.FieldCondition(given["key"], match=match, range=bounds)
    return filter_of(given, path)


def filter_of(given, path="scroll_request.filter"):
    if given is None:
        return None
    if not isinstance(given, dict):
        raise malformed("invalid type")
    for key in given:
        if key not in ("should", "min_should", "must", "must_not"):
            raise malformed(
                f"unknown field `{key}`, expected one of `should`, `min_should`, `must`, `must_not`"
            )
    parts = {}
    for name in ("must", "should", "must_not"):
        listed = given.get(name)
        if listed is not None:
            listed = listed if isinstance(listed, list) else [listed]
            parts[name] = [condition_of(one, f"{path}.{name}[{at}]") for at, one in enumerate(listed)]
    if given.get("min_should"):
        rule = given["min_should"]
        conditions = [condition_of(one, path) for one in rule["conditions"]]
        parts["min_should"] = edge.MinShould(conditions, rule["min_count"])
    return edge.Filter(**parts)


class Collection:
    def __init__(self, folder, body):
        self.folder = folder
        self.body = body
        self.metadata = body.get("metadata") or {}
        self.indexes = {}
        self.operations = 0
        self.versions = {}
        vectors = body.get("vectors", {})
        self.single = "size" in vectors
        named = {"": vectors} if self.single else dict(vectors)
        self.dense = {name: given["size"] for name, given in named.items()}
        self.sparse = set(body.get("sparse_vectors") or {})
        config = {name: edge.EdgeVectorParams(given["size"], DISTANCES[given["distance"]]) for name, given in named.items()}
        if not config:
            config = {PLACEHOLDER: edge.EdgeVectorParams(1, edge.Distance.Cosine)}
        sparse = {
            name: edge.EdgeSparseVectorParams(modifier=edge.Modifier.Idf if given.get("modifier") == "idf" else None)
            for name, given in (body.get("sparse_vectors") or {}).items()
        }
        if self.single:
            config = config[""]
        self.shard = edge.EdgeShard.create(str(folder), edge.EdgeConfig(vectors=config, sparse_vectors=sparse or None))

    def next(self, count=1):
        self.operations += count
        return {"operation_id": self.operations, "status": "completed"}

    def info(self):
        info = self.shard.info()
        params = {"vectors": self.body.get("vectors", {}), "shard_number": 1, "replication_factor": 1, "write_consistency_factor": 1, "on_disk_payload": True}
        if self.sparse:
            params["sparse_vectors"] = self.body["sparse_vectors"]
        return {
            "status": "green",
            "optimizer_status": "ok",
            "indexed_vectors_count": 0,
            "points_count": info.points_count,
            "segments_count": info.segments_count,
            "config": {"params": params, "quantization_config": None, "metadata": self.metadata},
            "payload_schema": {name: {"data_type": kind, "points": 0} for name, kind in self.indexes.items()},
            "update_queue": {"length": 0},
        }

    def index(self, body):
        schema = body["field_schema"]
        kind = schema if isinstance(schema, str) else schema["type"]
        if kind == "text":
            lowercase = True if isinstance(schema, str) else schema.get("lowercase", True)
            given = edge.TextIndexParams(tokenizer=edge.TokenizerType.Word, lowercase=lowercase)
        else:
            given = SCHEMAS[kind]
        self.shard.update(edge.UpdateOperation.create_field_index(body["field_name"], given))
        self.indexes[body["field_name"]] = kind
        return self.next(2 if self.operations else 2)

    def vector_of(self, given):
        def dense(name, values):
            size = self.dense.get(name)
            if size is None:
                raise wrong(f"Not existing vector name error: {name}")
            if len(values) != size:
                raise wrong(f"Vector dimension error: expected dim: {size}, got {len(values)}")
            return values

        if isinstance(given, list):
            if not self.single:
                raise wrong("Not existing vector name error: ")
            return dense("", given)
        vectors = {}
        for name, values in given.items():
            if name in self.sparse:
                vectors[name] = edge.SparseVector(values["indices"], values["values"])
            else:
                vectors[name] = dense(name, values)
        return vectors

    def upsert(self, body):
        points = body.get("points")
        if not points:
            raise Refusal(400, "Bad request: Empty update request")
        made = []
        for given in points:
            one = point_id(given.get("id"))
            if "vector" not in given:
                raise malformed("missing field `vector`")
            made.append(edge.Point(one, self.vector_of(given["vector"]), hide(given.get("payload") or {})))
        modes = {"insert_only": edge.UpdateMode.InsertOnly, "update_only": edge.UpdateMode.UpdateOnly}
        condition = filter_of(body.get("update_filter"))
        self.shard.update(edge.UpdateOperation.upsert_points(made, condition, modes.get(body.get("update_mode"))))
        result = self.next()
        for one in made:
            self.versions[str(one.id)] = result["operation_id"]
        return result

    def shown(self, record, with_vector):
        answer = {"id": show_id(record.id)}
        payload = record.payload
        if payload is not None:
            answer["payload"] = show(payload)
        if with_vector:
            answer["vector"] = self.show_vector(record.vector)
        if getattr(record, "order_value", None) is not None:
            answer["order_value"] = record.order_value
        return answer

    def show_vector(self, vector):
        if isinstance(vector, dict):
            return {
                name: {"indices": one.indices, "values": one.values} if isinstance(one, edge.SparseVector) else one
                for name, one in vector.items()
                if name != PLACEHOLDER
            }
        return {} if vector is None else vector

    def retrieve(self, body):
        ids = [point_id(one) for one in body["ids"]]
        with_vector = body.get("with_vector", False)
        found = {str(one.id): one for one in self.shard.retrieve(ids, payload_choice(body.get("with_payload", False)), with_vector)}
        return [self.shown(found[str(one)], with_vector) for one in ids if str(one) in found]

    def scroll(self, body):
        limit = body.get("limit", 10)
        order = body.get("order_by")
        order = {"key": order} if isinstance(order, str) else order
        if order and self.indexes.get(order["key"]) not in RANGED:
            raise wrong(
                f"No range index for `order_by` key: `{order['key']}`. Please create one to use `order_by`. Check https://qdrant.tech/documentation/concepts/indexing/#payload-index to see which payload schemas support Range conditions"
            )
        ordered = order and edge.OrderBy(
            order["key"],
            edge.Direction.Desc if order.get("direction") == "desc" else edge.Direction.Asc,
            order.get("start_from"),
        )
        with_vector = body.get("with_vector", False)
        records, following = self.shard.scroll(
            edge.ScrollRequest(
                offset=None if body.get("offset") is None else point_id(body["offset"]),
                limit=limit,
                filter=filter_of(body.get("filter")),
                with_payload=payload_choice(body.get("with_payload", True)),
                with_vector=with_vector,
                order_by=ordered,
            )
        )
        points = [self.shown(one, with_vector) for one in records]
        return {"points": points, "next_page_offset": None if following is None else show_id(following)}

    def query(self, body):
        limit = body.get("limit", 10)
        if limit < 1:
            raise Refusal(422, f"Validation error in JSON body: [internal.limit: value {limit} invalid, must be 1 or larger]")
        using = body.get("using", "")
        given = body["query"]
        if isinstance(given, dict) and "indices" in given:
            vector = edge.SparseVector(given["indices"], given["values"])
        else:
            vector = given.get("nearest") if isinstance(given, dict) else given
            if using not in self.dense:
                raise wrong(f"Not existing vector name error: {using}")
            if len(vector) != self.dense[using]:
                raise wrong(f"Vector dimension error: expected dim: {self.dense[using]}, got {len(vector)}")
        params = body.get("params") or {}
        with_vector = body.get("with_vector", False)
        found = self.shard.query(
            edge.QueryRequest(
                limit=limit,
                offset=body.get("offset"),
                query=edge.Query.Nearest(vector, using or None),
                filter=filter_of(body.get("filter"), "internal.filter"),
                score_threshold=body.get("score_threshold"),
                params=edge.SearchParams(hnsw_ef=params.get("hnsw_ef"), exact=params.get("exact", False)),
                with_vector=with_vector,
                with_payload=payload_choice(body.get("with_payload", False)),
            )
        )
        points = []
        for one in found:
            answer = self.shown(one, with_vector)
            head = {"id": answer.pop("id"), "version": self.versions.get(str(one.id), 0), "score": one.score}
            points.append({**head, **answer})
        return {"points": points}

    def count(self, body):
        return {"count": self.shard.count(edge.CountRequest(exact=True, filter=filter_of(body.get("filter"))))}

    def delete(self, body):
        if "points" in body:
            if not body["points"]:
                raise Refusal(400, "Bad request: Empty update request")
            operation = edge.UpdateOperation.delete_points([point_id(one) for one in body["points"]])
        elif "filter" in body:
            operation = edge.UpdateOperation.delete_points_by_filter(filter_of(body["filter"]))
        else:
            raise malformed("data did not match any variant of untagged enum PointsSelector")
        self.shard.update(operation)
        return self.next()

    def set_payload(self, body):
        payload = hide(body["payload"])
        if "points" in body:
            operation = edge.UpdateOperation.set_payload([point_id(one) for one in body["points"]], payload)
        else:
            operation = edge.UpdateOperation.set_payload_by_filter(filter_of(body["filter"]), payload)
        self.shard.update(operation)
        return self.next()


def payload_choice(given):
    if isinstance(given, dict):
        return edge.PayloadSelector.Include(given["include"]) if "include" in given else edge.PayloadSelector.Exclude(given["exclude"])
    return given


class StandIn:
    def __init__(self, folder):
        self.folder = Path(folder)
        self.collections = {}
        self.made = 0

    def find(self, name):
        if name not in self.collections:
            raise Refusal(404, f"Not found: Collection `{name}` doesn't exist!")
        return self.collections[name]

    def check_name(self, name):
        if not 1 <= len(name) <= 255:
            raise Refusal(422, f'Validation error in path parameters: [collection_name: value "{name}" invalid, must be from 1 to 255 characters]')
        for character in '<>:"/\\|?*\x00':
            if character in name:
                raise Refusal(422, f'Validation error in path parameters: [collection_name: collection name cannot contain "{character}" char]')

    def create(self, name, body):
        self.check_name(name)
        vectors = body.get("vectors", {})
        for given in [vectors] if "size" in vectors else vectors.values():
            if given.get("distance") not in DISTANCES:
                raise malformed("data did not match any variant of untagged enum VectorsConfig")
        if name in self.collections:
            raise Refusal(409, f"Wrong input: Collection `{name}` already exists!")
        self.made += 1
        self.collections[name] = Collection(self.folder / str(self.made), body)
        return True

    def patch(self, name, body):
        collection = self.find(name)
        for key, value in (body.get("metadata") or {}).items():
            if value is None:
                collection.metadata.pop(key, None)
            else:
                collection.metadata[key] = value
        return True

    def drop(self, name):
        collection = self.collections.pop(name, None)
        if collection is None:
            return False
        collection.shard.close()
        shutil.rmtree(collection.folder, ignore_errors=True)
        return True

    def answer(self, method, path, body):
        if method == "GET" and path == "/":
            return None, {"title": "a stand-in for Qdrant", "version": "1.18.3", "engine": "qdrant-edge-py"}
        if path in ("/healthz", "/readyz", "/livez"):
            return None, {}
        if path == "/collections" and method == "GET":
            return {"collections": [{"name": name} for name in sorted(self.collections)]}, None
        found = re.fullmatch(r"/collections/([^/]*)(/.*)?", path)
        if not found:
            raise Refusal(404, "Not found")
        name, rest = unquote(found[1]), found[2] or ""
        if rest == "":
            routes = {"GET": lambda: self.find(name).info(), "PUT": lambda: self.create(name, body), "PATCH": lambda: self.patch(name, body), "DELETE": lambda: self.drop(name)}
            return routes[method](), None
        if rest == "/exists":
            return {"exists": name in self.collections}, None
        routes = {
            ("PUT", "/index"): "index",
            ("PUT", "/points"): "upsert",
            ("POST", "/points"): "retrieve",
            ("POST", "/points/query"): "query",
            ("POST", "/points/scroll"): "scroll",
            ("POST", "/points/count"): "count",
            ("POST", "/points/delete"): "delete",
            ("POST", "/points/payload"): "set_payload",
        }
        one = re.fullmatch(r"/points/([^/]+)", rest)
        if method == "GET" and one:
            given = int(one[1]) if one[1].isdigit() else one[1]
            records = self.find(name).retrieve({"ids": [given], "with_payload": True, "with_vector": True})
            if not records:
                raise Refusal(404, f"Not found: Point with id {given} does not exists!")
            return records[0], None
        if (method, rest) not in routes:
            raise Refusal(404, "Not found")
        return getattr(self.find(name), routes[method, rest])(body), None


def serve(port, folder):
    stand_in = StandIn(folder)
    lock = threading.Lock()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        # Headers and body in one piece: apart, the second waits for the client to acknowledge the first.
        wbufsize = -1
        disable_nagle_algorithm = True

        def handle_any(self):
            length = int(self.headers.get("content-length") or 0)
            status, body = 200, {}
            try:
                if length > BODY_LIMIT:
                    raise Refusal(400, f"JSON payload ({length} bytes) is larger than allowed (limit: {BODY_LIMIT} bytes).")
                sent = self.rfile.read(length)
                url = urlsplit(self.path)
                wait = parse_qs(url.query).get("wait", ["true"])[0]
                if wait not in ("true", "false"):
                    raise Refusal(400, "Format error in query: wait")
                with lock:
                    result, plain = stand_in.answer(self.command, url.path, json.loads(sent) if sent else {})
                body = plain if plain is not None else {"result": result, "status": "ok", "time": 0}
            except Refusal as refusal:
                status, body = refusal.status, {"status": {"error": refusal.text}, "time": 0}
            except Exception as error:  # What the engine refuses.
                status, body = 400, {"status": {"error": f"{error}"}, "time": 0}
            text = json.dumps(body).encode()
            self.send_response(status)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(text)))
            self.end_headers()
            self.wfile.write(text)

        do_GET = do_PUT = do_POST = do_PATCH = do_DELETE = handle_any

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
    server.daemon_threads = True
    server.serve_forever()


if __name__ == "__main__":
    serve(int(sys.argv[1]), sys.argv[2])
