"""Files of many formats, made by hand."""

from __future__ import annotations

import io
import struct
import zipfile
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta

REPORT = (
    "The river Lenn rose by three metres on Tuesday, the water office said.\n\n"
    "The harbour bridge stays closed until Friday, when divers will have looked at its piers."
)
_WORD = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'


def pdf(pages: Sequence[Sequence[str]], info: str = "") -> bytes:
    """A PDF with these lines on its pages, each below the last."""
    return placed_pdf([[(72, 720 - 14 * at, 12, line) for at, line in enumerate(lines)] for lines in pages], info)


def placed_pdf(pages: Sequence[Sequence[tuple[float, float, float, str]]], info: str = "") -> bytes:
    """A PDF with these texts on its pages: how far from the left and from the foot, the letters' size, the words.

    They are drawn in this order, in Adobe's standard encoding. `info` is what it says of itself.
    """
    objects = ["<< /Type /Catalog /Pages 2 0 R >>", "", f"<< {info} >>"]
    kids = []
    for texts in pages:
        shown = "\n".join(f"/F1 {size} Tf 1 0 0 1 {x} {y} Tm ({text}) Tj" for x, y, size, text in texts)
        stream = f"BT\n{shown}\nET"
        kids.append(f"{len(objects) + 1} 0 R")
        objects.append(
            f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents {len(objects) + 2} 0 R "
            "/Resources << /Font << /F1 << /Type /Font /Subtype /Type1 /BaseFont /Helvetica >> >> >> >>"
        )
        objects.append(f"<< /Length {len(stream)} >>\nstream\n{stream}\nendstream")
    objects[1] = f"<< /Type /Pages /Count {len(kids)} /Kids [{' '.join(kids)}] >>"
    out = bytearray(b"%PDF-1.4\n")
    places = []
    for number, text in enumerate(objects, 1):
        places.append(len(out))
        out += f"{number} 0 obj\n{text}\nendobj\n".encode("latin-1")
    start = len(out)
    out += f"xref\n0 {len(objects) + 1}\n0000000000 65535 f \n".encode()
    out += "".join(f"{place:010} 00000 n \n" for place in places).encode()
    out += f"trailer\n<< /Size {len(objects) + 1} /Root 1 0 R /Info 3 0 R >>\n".encode()
    out += f"startxref\n{start}\n%%EOF\n".encode()
    return bytes(out)


def paragraph(text: str, style: str = "") -> str:
    """A paragraph of a Word file."""
    styled = f'<w:pPr><w:pStyle w:val="{style}"/></w:pPr>' if style else ""
    return f"<w:p>{styled}<w:r><w:t>{text}</w:t></w:r></w:p>"


def docx(*body: str, head: str = "", core: str = "") -> bytes:
    """A Word file with this XML in its body; `head` stands before the document's element."""
    parts = {"word/document.xml": f"{head}<w:document {_WORD}><w:body>{''.join(body)}</w:body></w:document>"}
    if core:
        parts["docProps/core.xml"] = core
    return archive(parts)


def archive(members: Mapping[str, str | bytes]) -> bytes:
    """A zip archive with these members."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as file:
        for name, data in members.items():
            file.writestr(name, data)
    return out.getvalue()


def member(name: str, data: bytes = b"x", *, mode: int = 0, flags: int = 0, method: int = 0) -> bytes:
    """A zip archive with one member, whose mode, flags and method are as given, true or not."""
    out = io.BytesIO()
    info = zipfile.ZipInfo(name)
    info.external_attr = mode << 16
    with zipfile.ZipFile(out, "w") as file:
        file.writestr(info, data)
    raw = bytearray(out.getvalue())
    local, central = raw.find(b"PK\x03\x04"), raw.find(b"PK\x01\x02")
    for place, shift in ((local, 6), (central, 8)):
        raw[place + shift] |= flags
        if method:
            raw[place + shift + 2] = method
    return bytes(raw)


def msg(subject: str, body: str, sender: str = "Jörg Holt", html: str = "") -> bytes:
    """A letter as Outlook saves it: streams in a compound file, each in sectors of 512 bytes."""
    texts = {0x001A: "IPM.Note", 0x0037: subject, 0x0C1A: sender, 0x0C1F: "holt@post.example", 0x1000: body}
    streams = {f"__substg1.0_{pid:04X}001F": text.encode("utf-16-le") for pid, text in texts.items()}
    kinds = [(pid, 0x1F, len(text)) for pid, text in texts.items()]
    if html:
        streams["__substg1.0_10130102"] = html.encode()
        kinds.append((0x1013, 0x102, len(html.encode())))
    since = datetime(2024, 9, 24, 3, 41, tzinfo=UTC) - datetime(1601, 1, 1, tzinfo=UTC)
    sent = 10 * (since // timedelta(microseconds=1))
    facts = [(0x0039, 0x40, sent), (0x3FDE, 3, 65001), (0x340D, 3, 0x40000), *kinds]
    entries = [struct.pack("<HHIQ", kind, pid, 6, value) for pid, kind, value in facts]
    streams["__properties_version1.0"] = bytes(32) + b"".join(entries)
    return _compound(streams)


def _compound(streams: Mapping[str, bytes]) -> bytes:
    """A compound file with these streams in its root, each of less than 4,096 bytes and so in pieces of 64."""
    free, end, fat_sector = 0xFFFFFFFF, 0xFFFFFFFE, 0xFFFFFFFD

    def entry(name: str, kind: int, right: int, child: int, first: int, size: int) -> bytes:
        written = name.encode("utf-16-le")
        links = struct.pack("<HBBIII", len(written) + 2, kind, 1, free, right, child)
        return written.ljust(64, b"\0") + links + bytes(36) + struct.pack("<IQ", first, size)

    def chain(first: int, count: int) -> list[int]:
        return [*range(first + 1, first + count), end]

    names = sorted(streams, key=lambda name: (len(name), name.upper()))
    mini, pieces, entries = b"", list[int](), b""
    for number, name in enumerate(names, 1):
        data = streams[name]
        after, count = number + 1 if number < len(names) else free, -(-len(data) // 64)
        entries += entry(name, 2, after, free, len(pieces) if data else end, len(data))
        pieces += chain(len(pieces), count) if data else []
        mini += data.ljust(64 * count, b"\0")
    directory = entry("Root Entry", 5, free, 1, 2, len(mini)) + entries
    mini = mini.ljust(-(-len(mini) // 512) * 512, b"\0")
    directory = directory.ljust(-(-len(directory) // 512) * 512, b"\0")
    held, begin = len(mini) // 512, 2 + len(mini) // 512
    fat = [fat_sector, end, *chain(2, held), *chain(begin, len(directory) // 512)]
    tables = [struct.pack("<128I", *one, *[free] * (128 - len(one))) for one in (fat, pieces)]
    head = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(16) + struct.pack("<HHHHH", 62, 3, 0xFFFE, 9, 6) + bytes(6)
    head += struct.pack("<9I", 0, 1, begin, 0, 4096, 1, 1, end, 0) + struct.pack("<109I", 0, *[free] * 108)
    return head + b"".join(tables) + mini + directory
