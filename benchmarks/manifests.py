"""Make a repository of manifests, as many as asked for and the same ones each time.

What they hold follows public repositories: most are Deployments and Services, one in six has several
documents, and a few are long. Names, numbers and images differ from file to file.
"""

from __future__ import annotations

from itertools import cycle, islice
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

_TEAMS = ("shop", "billing", "search", "media", "mail", "auth", "reports")
_APPS = ("web", "api", "worker", "admin", "gateway", "renderer", "notifier", "importer", "indexer")
_IMAGES = (
    "registry.example.com/{team}/{app}:1.{n}.0",
    "ghcr.io/acme/{team}-{app}:v{n}",
    "nginx:1.{n}-alpine",
)

DEPLOYMENT = """\
apiVersion: apps/v1
kind: Deployment
metadata:
  name: {app}
  namespace: {team}
  labels:
    app.kubernetes.io/name: {app}
    app.kubernetes.io/part-of: {team}
    app.kubernetes.io/version: "1.{n}.0"
spec:
  replicas: {replicas}
  revisionHistoryLimit: 3
  selector:
    matchLabels:
      app.kubernetes.io/name: {app}
  strategy:
    type: RollingUpdate
    rollingUpdate:
      maxSurge: 1
      maxUnavailable: 0
  template:
    metadata:
      labels:
        app.kubernetes.io/name: {app}
      annotations:
        prometheus.io/scrape: "true"
        prometheus.io/port: "9{port}"
    spec:
      serviceAccountName: {app}
      securityContext:
        runAsNonRoot: true
        fsGroup: 1000
      containers:
        - name: {app}
          image: {image}
          imagePullPolicy: IfNotPresent
          args: ["--listen", "0.0.0.0:{port}", "--log-level=info"]
          ports:
            - name: http
              containerPort: {port}
          env:
            - name: DATABASE_URL
              valueFrom:
                secretKeyRef:
                  name: {app}-database
                  key: url
            - name: REDIS_HOST
              value: redis.{team}.svc.cluster.local
            - name: LOG_FORMAT
              value: json
          resources:
            requests: {{cpu: 100m, memory: 128Mi}}
            limits:
              memory: {memory}Mi
          livenessProbe:
            httpGet:
              path: /healthz
              port: http
            initialDelaySeconds: 10
          readinessProbe:
            httpGet:
              path: /ready
              port: http
          volumeMounts:
            - name: tmp
              mountPath: /tmp
            - name: config
              mountPath: /etc/{app}
              readOnly: true
      volumes:
        - name: tmp
          emptyDir: {{}}
        - name: config
          configMap:
            name: {app}-config
"""

SERVICE = """\
apiVersion: v1
kind: Service
metadata:
  name: {app}
  namespace: {team}
  labels:
    app.kubernetes.io/name: {app}
spec:
  type: ClusterIP
  selector:
    app.kubernetes.io/name: {app}
  ports:
    - name: http
      port: 80
      targetPort: http
      protocol: TCP
"""

SERVICE_WITHOUT_AFFINITY = """\
apiVersion: v1
kind: Service
metadata:
  name: {app}
spec:
  sessionAffinity: None
  selector: {{app: {app}}}
  ports:
    - {{name: http, port: {port}, targetPort: {port}}}
"""

CONFIG = """\
apiVersion: v1
kind: ConfigMap
metadata:
  name: {app}-config
  namespace: {team}
data:
  LOG_LEVEL: info
  PUBLIC_URL: https://{app}.{team}.example.com
  FEATURES: "search,export,import-{n}"
  settings.yaml: |
    server:
      port: {port}
      timeout: 30s
    storage:
      bucket: {team}-{app}-{n}
      region: eu-central-1
    limits:
      requests_per_minute: {memory}
"""

INGRESS = """\
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata:
  name: {app}
  namespace: {team}
  annotations:
    cert-manager.io/cluster-issuer: letsencrypt
    nginx.ingress.kubernetes.io/proxy-body-size: 20m
    nginx.ingress.kubernetes.io/ssl-redirect: "true"
spec:
  ingressClassName: nginx
  tls:
    - hosts: [{app}.{team}.example.com]
      secretName: {app}-tls
  rules:
    - host: {app}.{team}.example.com
      http:
        paths:
          - path: /
            pathType: Prefix
            backend:
              service:
                name: {app}
                port:
                  name: http
"""

STICKY_INGRESS = INGRESS.replace(
    "    nginx.ingress.kubernetes.io/ssl",
    "    nginx.ingress.kubernetes.io/affinity: cookie\n    nginx.ingress.kubernetes.io/ssl",
)

ROLES = """\
apiVersion: v1
kind: ServiceAccount
metadata:
  name: {app}
  namespace: {team}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata:
  name: {app}
  namespace: {team}
rules:
  - apiGroups: [""]
    resources: [configmaps, secrets]
    verbs: [get, list, watch]
  - apiGroups: [apps]
    resources: [deployments]
    verbs: [get]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata:
  name: {app}
  namespace: {team}
roleRef:
  apiGroup: rbac.authorization.k8s.io
  kind: Role
  name: {app}
subjects:
  - kind: ServiceAccount
    name: {app}
    namespace: {team}
"""

AUTOSCALER = """\
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata:
  name: {app}
  namespace: {team}
spec:
  scaleTargetRef:
    apiVersion: apps/v1
    kind: Deployment
    name: {app}
  minReplicas: {replicas}
  maxReplicas: 1{replicas}
  metrics:
    - type: Resource
      resource:
        name: cpu
        target:
          type: Utilization
          averageUtilization: 70
"""

CLAIM = """\
apiVersion: v1
kind: PersistentVolumeClaim
metadata:
  name: {app}-data
  namespace: {team}
spec:
  accessModes: [ReadWriteOnce]
  resources:
    requests:
      storage: {replicas}0Gi
"""

JOB = """\
apiVersion: batch/v1
kind: CronJob
metadata:
  name: {app}-cleanup
  namespace: {team}
spec:
  schedule: "{replicas} 3 * * *"
  concurrencyPolicy: Forbid
  jobTemplate:
    spec:
      template:
        spec:
          restartPolicy: OnFailure
          containers:
            - name: cleanup
              image: {image}
              command: [python, manage.py, clearsessions]
              envFrom:
                - secretRef:
                    name: {app}-database
"""

KUSTOMIZATION = """\
apiVersion: kustomize.config.k8s.io/v1beta1
kind: Kustomization
namespace: {team}
resources:
  - ../../base
  - ingress.yaml
images:
  - name: {app}
    newTag: 1.{n}.0
replicas:
  - name: {app}
    count: {replicas}
"""

DASHBOARDS = CONFIG + "".join(
    f"""\
  dashboard-{number}.json: |
    {{{{"title": "{{app}} {number}", "refresh": "10s", "panels": [
      {{{{"type": "graph", "targets": [{{{{"expr": "rate(requests{{{{app=\\"{{app}}\\"}}}}[5m])"}}}}]}}}},
      {{{{"type": "stat", "targets": [{{{{"expr": "sum(up{{{{job=\\"{{team}}\\"}}}})"}}}}]}}}}
    ]}}}}
"""
    for number in range(12)
)

# How often each stands in forty files.
_MIX = (
    (DEPLOYMENT, 11),
    (SERVICE, 8),
    (SERVICE_WITHOUT_AFFINITY, 2),
    (CONFIG, 4),
    (INGRESS, 2),
    (STICKY_INGRESS, 1),
    (ROLES, 3),
    (AUTOSCALER, 1),
    (CLAIM, 1),
    (JOB, 1),
    (KUSTOMIZATION, 1),
    (f"{DEPLOYMENT}---\n{SERVICE}---\n{INGRESS}", 4),
    (DASHBOARDS, 1),
)


def manifests(number: int) -> Iterator[tuple[str, str]]:
    """Yield so many files: a path and a text."""
    mix = [template for template, times in _MIX for _ in range(times)]
    # The step is no divisor of the length, so that neighbours are of different kinds.
    shuffled = [mix[at * 7 % len(mix)] for at in range(len(mix))]
    for at, template in enumerate(islice(cycle(shuffled), number)):
        team, app = _TEAMS[at % len(_TEAMS)], f"{_APPS[at % len(_APPS)]}-{at // len(mix)}"
        image = _IMAGES[at % len(_IMAGES)].format(team=team, app=app, n=at % 30)
        text = template.format(
            team=team, app=app, image=image, n=at % 30, port=8000 + at % 90,
            replicas=1 + at % 4, memory=256 + 64 * (at % 9),
        )  # fmt: skip
        yield f"clusters/{team}/{app}/{at:05}.yaml", text
