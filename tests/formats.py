"""Files of many formats, made by hand."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping, Sequence

REPORT = (
    "The river Lenn rose by three metres on Tuesday, the water office said.\n\n"
    "The harbour bridge stays closed until Friday, when divers will have looked at its piers."
)
_WORD = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'


def pdf(pages: Sequence[Sequence[str]]) -> bytes:
    """A PDF with these lines on its pages."""
    objects = ["<< /Type /Catalog /Pages 2 0 R >>", ""]
    kids = []
    for lines in pages:
        shown = "\n".join(f"({line}) Tj T*" for line in lines)
        stream = f"BT /F1 12 Tf 14 TL 72 720 Td\n{shown}\nET"
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
    out += f"trailer\n<< /Size {len(objects) + 1} /Root 1 0 R >>\nstartxref\n{start}\n%%EOF\n".encode()
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
