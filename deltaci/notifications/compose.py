"""Make a message of a notification."""

from datetime import datetime

from deltaci.notifications.payload import payload_of
from deltaci.notifications.text import error_of, link_of, text_of, title_of
from deltaci.senders.port import Message, Subject
from deltaci.store.tables import Announcement


def compose(news: Announcement, channel_id: str, template: str, now: datetime) -> Message:
    """Return the message; its id is the same for every try and every redelivery."""
    return Message(
        id=f"msg_{news.id}_{channel_id}",
        event_type=news.event_type,
        occurred_at=news.occurred_at,
        now=now,
        title=title_of(news),
        text=text_of(news, template),
        link=link_of(news),
        payload=payload_of(news),
        subject=Subject(
            news.subject_kind,
            news.subject_id,
            news.product,
            news.version,
            news.environment,
            news.status,
            error_of(news),
        ),
    )
