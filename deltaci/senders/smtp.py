"""E-mail, through the server that the settings name."""

import asyncio
import smtplib
import ssl
from concurrent.futures import ThreadPoolExecutor
from email.errors import MessageError
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime

from deltaci.notification_settings import NotificationSettings
from deltaci.senders.port import Config, Message, RefusedError, UnreachedError

THREADS = 4
PERMANENT = 500
AWAY = "the mail server cannot be reached"


class EmailSender:
    """Sends the text to the channel's `address`."""

    def __init__(self, settings: NotificationSettings) -> None:
        self._settings = settings
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="smtp")

    async def send(self, config: Config, message: Message) -> None:
        """See Sender."""
        try:
            mail = mail_of(message, self._settings.smtp_from, config["address"])
        except (ValueError, MessageError):
            raise RefusedError("the channel's address is none that mail can be sent to") from None
        seconds = self._settings.timeout_seconds
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(seconds):
                await loop.run_in_executor(self._threads, self._hand_over, mail)
        except TimeoutError:
            raise UnreachedError(f"the mail server took longer than {seconds} s") from None

    async def close(self) -> None:
        """See Sender."""
        self._threads.shutdown(wait=False, cancel_futures=True)

    def _hand_over(self, mail: EmailMessage) -> None:
        """Runs in a thread; each of its waits is bounded by the timeout, so that it ends."""
        try:
            self._converse(mail)
        except smtplib.SMTPRecipientsRefused as error:
            codes = [code for code, _ in error.recipients.values()]
            raise _judged(
                min(codes, default=PERMANENT), "the mail server refused the address"
            ) from None
        except smtplib.SMTPAuthenticationError:
            raise UnreachedError("the mail server does not let us in") from None
        except smtplib.SMTPResponseException as error:
            raise _judged(error.smtp_code, f"the mail server answered {error.smtp_code}") from None
        except (smtplib.SMTPException, OSError):
            raise UnreachedError(AWAY) from None

    def _converse(self, mail: EmailMessage) -> None:
        settings, trusted = self._settings, ssl.create_default_context()
        place = (settings.smtp_host, settings.smtp_port)
        seconds = float(settings.timeout_seconds)
        server: smtplib.SMTP
        if settings.smtp_security == "tls":
            server = smtplib.SMTP_SSL(*place, timeout=seconds, context=trusted)
        else:
            server = smtplib.SMTP(*place, timeout=seconds)
        with server:
            if settings.smtp_security == "starttls":
                server.starttls(context=trusted)
            if settings.smtp_user:
                server.login(settings.smtp_user, settings.smtp_password.get_secret_value())
            server.send_message(mail)


def mail_of(message: Message, sender: str, recipient: str) -> EmailMessage:
    """Return the mail: plain text, in which nothing is markup. No header takes a second line."""
    mail = EmailMessage()
    mail["From"] = Address("Delta CI", addr_spec=sender)
    mail["To"] = Address(addr_spec=recipient)
    mail["Subject"] = message.title
    mail["Date"] = format_datetime(message.now)
    mail["Message-ID"] = f"<{message.id}@delta-ci>"
    mail["Auto-Submitted"] = "auto-generated"
    mail.set_content(message.text)
    return mail


def _judged(code: int, sentence: str) -> RefusedError | UnreachedError:
    """SMTP's 5xx are for good, and its 4xx for now."""
    return RefusedError(sentence) if code >= PERMANENT else UnreachedError(sentence)
