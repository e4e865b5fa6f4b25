"""Examples of the published contract (seed «Versioner API Contract»), shown in the document."""

from typing import Any

BUILD_EVENT: dict[str, Any] = {
    "product_name": "api-service",
    "version": "1.2.3",
    "status": "completed",
    "source_system": "github",
    "build_number": "456",
    "scm_sha": "abc123def456789012345678901234567890abcd",
    "scm_branch": "main",
    "scm_repository": "myorg/api-service",
    "build_url": "https://github.com/myorg/api-service/actions/runs/456",
    "invoke_id": "456",
    "built_by": "github-actions",
    "built_by_email": "ci@myorg.com",
    "built_by_name": "GitHub Actions",
    "started_at": "2025-10-23T10:00:00Z",
    "completed_at": "2025-10-23T10:05:00Z",
    "extra_metadata": {
        "docker_image": "myorg/api-service:1.2.3",
        "artifacts": ["binary", "docker-image"],
    },
}
DEPLOYMENT_EVENT: dict[str, Any] = {
    "product_name": "api-service",
    "version": "1.2.3",
    "environment_name": "production",
    "status": "success",
    "source_system": "github",
    "build_number": "456",
    "scm_sha": "abc123def456789012345678901234567890abcd",
    "scm_repository": "myorg/api-service",
    "build_url": "https://github.com/myorg/api-service/actions/runs/456",
    "invoke_id": "456",
    "deployed_by": "github-actions",
    "deployed_by_email": "deploy@myorg.com",
    "deployed_by_name": "GitHub Actions",
    "completed_at": "2025-10-23T10:10:00Z",
    "extra_metadata": {"deployment_duration_seconds": 120, "rollback_enabled": True},
}
