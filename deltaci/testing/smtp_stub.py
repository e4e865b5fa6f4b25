"""A very small SMTP server for fakes: takes mail on a loopback port, and remembers it."""

import asyncio
import email
import email.policy
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from email.message import EmailMessage

GOOD = 250


@dataclass
class SmtpStub:
    """Speaks as much of SMTP as a client needs that sends one mail per connection."""

    letters: list[EmailMessage] = field(default_factory=list)
    recipient_code: int = GOOD
    """What it says to recipients."""
    port: int = 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Talk with one client."""
        writer.write(b"220 here\r\n")
        try:
            while line := await reader.readline():
                if not await self._answer(line.decode().strip().upper(), reader, writer):
                    break
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        writer.close()

    async def _answer(
        self, command: str, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> bool:
        if command.startswith("QUIT"):
            writer.write(b"221 bye\r\n")
            return False
        if command.startswith("RCPT"):
            writer.write(f"{self.recipient_code} so be it\r\n".encode())
        elif command == "DATA":
            writer.write(b"354 go on\r\n")
            letter = await reader.readuntil(b"\r\n.\r\n")
            parsed = email.message_from_bytes(letter[:-5], policy=email.policy.default)
            self.letters.append(parsed)
            writer.write(b"250 taken\r\n")
        else:
            writer.write(b"250 fine\r\n")
        return True


@asynccontextmanager
async def taking_mail() -> AsyncIterator[SmtpStub]:
    """Serve for the length of the block."""
    stub = SmtpStub()
    server = await asyncio.start_server(stub.serve, "127.0.0.1", 0)
    stub.port = server.sockets[0].getsockname()[1]
    try:
        yield stub
    finally:
        server.close()
        await server.wait_closed()
