"""The control plane's public API, one attribute per noun."""

from deltaci.client.api_keys import ApiKeys
from deltaci.client.builds import Builds
from deltaci.client.catalog import Catalog
from deltaci.client.notifications import Notifications
from deltaci.client.publishers import Publishers
from deltaci.client.reports import Reports
from deltaci.client.repositories import Repositories
from deltaci.client.rules import DeploymentRequests, Rules
from deltaci.client.runs import Runs
from deltaci.client.services import Services
from deltaci.client.tokens import Tokens
from deltaci.client.tracking import Tracking
from deltaci.client.transport import Request, Transport
from deltaci.client.webhooks import Webhooks


class ControlPlane:
    """A typed client of one server. Calls raise ApiRefusedError or UnreachableError."""

    def __init__(self, url: str, token: str = "") -> None:
        self._transport = Transport(url, token)
        self.runs = Runs(self._transport)
        self.repositories = Repositories(self._transport)
        self.tokens = Tokens(self._transport)
        self.webhooks = Webhooks(self._transport)
        self.reports = Reports(self._transport)
        self.builds = Builds(self._transport)
        self.services = Services(self._transport)
        self.publishers = Publishers(self._transport)
        self.catalog = Catalog(self._transport)
        self.rules = Rules(self._transport)
        self.requests = DeploymentRequests(self._transport)
        self.api_keys = ApiKeys(self._transport)
        self.tracking = Tracking(self._transport)
        self.notifications = Notifications(self._transport)

    @property
    def url(self) -> str:
        """The server's address."""
        return self._transport.url

    def check_health(self) -> None:
        """Return when the server serves; raises UnreachableError otherwise. Needs no credential."""
        self._transport.download(Request("GET", "/healthz"))
