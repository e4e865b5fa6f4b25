// Jenkinsfile, beside a copy of scripts/ci/register_build.py.
// Variables of the folder or of Jenkins: DXCP_API_BASE, DXCP_ARTIFACT_BUCKET. `dxcp-id-token` is a
// credential «OpenID Connect id token» of the plugin oidc-provider, which makes a token for each
// build: no secret is stored. Its audience is the one that the API expects.
pipeline {
  agent any
  environment {
    DXCP_TOKEN = credentials('dxcp-id-token')
    SERVICE = 'demo-service'
    VERSION = '1.2.3' // of what was built and uploaded before
  }
  stages {
    stage('Register build') {
      steps {
        sh '''
          built_at="$(git show -s --format=%cI "$GIT_COMMIT")"
          python3 scripts/ci/register_build.py \
            --service "$SERVICE" \
            --version "$VERSION" \
            --artifact-ref "s3://$DXCP_ARTIFACT_BUCKET/$SERVICE/$SERVICE-$VERSION.zip" \
            --git-sha "$GIT_COMMIT" \
            --git-branch "${BRANCH_NAME:-${GIT_BRANCH#origin/}}" \
            --ci-provider jenkins \
            --ci-run-id "$BUILD_TAG" \
            --built-at "$built_at" \
            --idempotency-key "$BUILD_TAG-$SERVICE-$VERSION" \
            --run-url "$BUILD_URL"
        '''
      }
    }
  }
}
