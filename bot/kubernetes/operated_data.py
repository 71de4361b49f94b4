"""Custom resources that stand for data: databases, queues, object stores and disks that an operator deletes with them.

Sources: the documentation of each operator, on what deletion does. Objects that stand for something in a cloud name a policy
of their own by which it stays: Crossplane (``deletionPolicy``, ``managementPolicies``), Config Connector
(``cnrm.cloud.google.com/deletion-policy``), AWS Controllers for Kubernetes (``services.k8s.aws/deletion-policy``), Azure
Service Operator (``serviceoperator.azure.com/reconcile-policy``).
"""

from __future__ import annotations

import re
from typing import Any

# The kinds of each operator's API group.
_IN_CLUSTER: dict[str, tuple[str, ...]] = {
    "postgresql.cnpg.io": ("Cluster",),
    "acid.zalan.do": ("postgresql",),
    "postgres-operator.crunchydata.com": ("PostgresCluster",),
    "pgv2.percona.com": ("PerconaPGCluster",),
    "pxc.percona.com": ("PerconaXtraDBCluster",),
    "psmdb.percona.com": ("PerconaServerMongoDB",),
    "stackgres.io": ("SGCluster",),
    "mysql.oracle.com": ("InnoDBCluster",),
    "moco.cybozu.com": ("MySQLCluster",),
    "k8s.mariadb.com": ("MariaDB",),
    "mongodbcommunity.mongodb.com": ("MongoDBCommunity",),
    "mongodb.com": ("MongoDB",),
    "redis.redis.opstreelabs.in": ("Redis", "RedisCluster", "RedisReplication"),
    "databases.spotahome.com": ("RedisFailover",),
    "dragonflydb.io": ("Dragonfly",),
    "kafka.strimzi.io": ("Kafka", "KafkaNodePool", "KafkaTopic"),
    "rabbitmq.com": ("RabbitmqCluster", "Queue", "Vhost"),
    "jetstream.nats.io": ("Stream", "KeyValue", "ObjectStore"),
    "elasticsearch.k8s.elastic.co": ("Elasticsearch",),
    "opensearch.opster.io": ("OpenSearchCluster",),
    "clickhouse.altinity.com": ("ClickHouseInstallation",),
    "k8ssandra.io": ("K8ssandraCluster",),
    "cassandra.datastax.com": ("CassandraDatacenter",),
    "scylla.scylladb.com": ("ScyllaCluster",),
    "crdb.cockroachlabs.com": ("CrdbCluster",),
    "minio.min.io": ("Tenant",),
    "objectbucket.io": ("ObjectBucketClaim",),
    "ceph.rook.io": ("CephCluster", "CephBlockPool", "CephFilesystem", "CephObjectStore"),
    "longhorn.io": ("Volume",),
    "snapshot.storage.k8s.io": ("VolumeSnapshot", "VolumeSnapshotContent"),
    "cluster.x-k8s.io": ("Cluster",),
}
_CLOUDS = (
    ".upbound.io", ".crossplane.io", ".cnrm.cloud.google.com", ".services.k8s.aws", ".azure.com",
)  # fmt: skip
_NO_CLOUD = ("pkg.crossplane.io", "apiextensions.crossplane.io", "meta.pkg.crossplane.io")
_STORES = re.compile(
    r"(?:Bucket|Database|Instance|Cluster|(?<!Route)Table|FileSystem|FileShare|Volume|Disk|StorageAccount|Container|Server|"
    r"Repository|Topic|Queue|Keyspace|Dataset|KeyRing|CryptoKey|\AKey|Vault|Zone|DB)\Z"
)
_STAYS = {
    "cnrm.cloud.google.com/deletion-policy": ("abandon",),
    "services.k8s.aws/deletion-policy": ("retain",),
    "serviceoperator.azure.com/reconcile-policy": ("detach-on-delete", "skip"),
}


def deletes(group: str, kind: str, fields: dict[str, Any]) -> str:
    """What its operator does where an object is deleted, as the end of a sentence; "" for other objects, and where a policy
    says that nothing is lost."""
    if kind in _IN_CLUSTER.get(group, ()):
        return f"has its operator take the {kind} down, most often with its data"
    in_cloud = group.endswith(_CLOUDS) and group not in _NO_CLOUD and _STORES.search(kind) is not None
    if in_cloud and not _stays(fields):
        return f"deletes the {kind} in the cloud that it stands for, with what is stored there"
    return ""


def _stays(fields: dict[str, Any]) -> bool:
    spec, metadata = (fields.get(key) for key in ("spec", "metadata"))
    policies = spec if isinstance(spec, dict) else {}
    ways = policies.get("managementPolicies")
    if policies.get("deletionPolicy") == "Orphan" or (
        isinstance(ways, list) and not {"*", "Delete"} & set(map(str, ways))
    ):
        return True
    said = metadata.get("annotations") if isinstance(metadata, dict) else None
    return isinstance(said, dict) and any(said.get(key) in values for key, values in _STAYS.items())
