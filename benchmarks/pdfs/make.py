"""Makes the PDFs, each by the program that its name begins with.

    python -m benchmarks.pdfs.make FOLDER

It needs soffice, pdflatex, chromium, groff and gs on the path, and reportlab, fpdf2, pillow, pypdf, cryptography.
"""

from __future__ import annotations

import html
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from benchmarks.pdfs.story import AUTHOR, DATELINE, PARAGRAPHS, ROWS, TITLE

Kind = Callable[[Path], None]
HEAD = "Lennfield Courier – Harbour and Shipping"
BYLINE = f"By {AUTHOR}, {DATELINE}"


def run(*command: str, folder: Path) -> None:
    """Runs a program in a folder, quietly."""
    subprocess.run(command, cwd=folder, check=True, capture_output=True, timeout=240)


def chromium(style: str, *, table: bool = False, head: bool = False) -> Kind:
    """A page printed by Chromium, with its head and foot if wanted."""

    def make(path: Path) -> None:
        with tempfile.TemporaryDirectory() as name:
            page = Path(name) / "page.html"
            page.write_text(web_page(style, table=table), "utf-8")
            flags = () if head else ("--no-pdf-header-footer",)
            target = f"--print-to-pdf={path.resolve()}"
            run("chromium", "--headless", "--no-sandbox", *flags, target, page.as_uri(), folder=Path(name))

    return make


def web_page(style: str, *, table: bool) -> str:
    """The report as a page."""
    rows = "".join(f"<tr>{''.join(f'<td>{cell}</td>' for cell in row)}</tr>" for row in ROWS)
    body = [f"<p>{html.escape(text)}</p>" for text in PARAGRAPHS]
    if table:
        body.insert(3, f"<table>{rows}</table>")
    return (
        f'<html lang="en"><head><meta charset="utf-8"><title>{TITLE}</title>'
        f"<style>{style}</style></head><body><h1>{TITLE}</h1><p class=by>{BYLINE}</p>"
        f"<div class=text>{''.join(body)}</div></body></html>"
    )


def libreoffice(columns: int = 1, *, table: bool = False, justify: bool = True, tagged: bool = False) -> Kind:
    """A text of LibreOffice, with a head and a page number on every page."""

    def make(path: Path) -> None:
        with tempfile.TemporaryDirectory() as name:
            (Path(name) / "report.fodt").write_text(flat_odt(columns, table=table, justify=justify), "utf-8")
            options = (
                '{"UseTaggedPDF":{"type":"boolean","value":"true"},"SelectPdfVersion":{"type":"long","value":"2"}}'
            )
            target = f"pdf:writer_pdf_Export:{options}" if tagged else "pdf"
            home = f"-env:UserInstallation=file://{name}/home"
            run("soffice", home, "--headless", "--convert-to", target, "report.fodt", folder=Path(name))
            path.write_bytes((Path(name) / "report.pdf").read_bytes())

    return make


def flat_odt(columns: int, *, table: bool, justify: bool) -> str:
    """The report as a flat OpenDocument text."""
    names = "office style text table fo dc meta".split()
    urn = "urn:oasis:names:tc:opendocument:xmlns"
    spaces = {name: f"{urn}:{name}:1.0" for name in names}
    spaces |= {"fo": f"{urn}:xsl-fo-compatible:1.0", "dc": "http://purl.org/dc/elements/1.1/"}
    declared = " ".join(f'xmlns:{name}="{where}"' for name, where in spaces.items())
    align = 'fo:text-align="justify"' if justify else ""
    body = [f'<text:p text:style-name="B">{html.escape(text)}</text:p>' for text in PARAGRAPHS]
    cell = '<table:table-cell><text:p text:style-name="B">{}</text:p></table:table-cell>'.format
    if table:
        rows = "".join(f"<table:table-row>{''.join(map(cell, row))}</table:table-row>" for row in ROWS)
        body.insert(3, f"<table:table>{'<table:table-column/>' * len(ROWS[0])}{rows}</table:table>")
    return f"""<?xml version="1.0" encoding="UTF-8"?><office:document {declared} office:version="1.3"
office:mimetype="application/vnd.oasis.opendocument.text"><office:meta><dc:title>{TITLE}</dc:title>
<meta:initial-creator>{AUTHOR}</meta:initial-creator><dc:creator>{AUTHOR}</dc:creator><dc:date>2024-03-12T09:00:00</dc:date></office:meta>
<office:styles><style:style style:name="B" style:family="paragraph"><style:paragraph-properties {align}
fo:margin-bottom="0.2cm"/><style:text-properties fo:font-size="11pt" fo:hyphenate="true" fo:language="en"
fo:country="GB"/></style:style><style:style style:name="H" style:family="paragraph"><style:text-properties
fo:font-size="20pt" fo:font-weight="bold"/></style:style></office:styles><office:automatic-styles>
<style:style style:name="S" style:family="section"><style:section-properties><style:columns
fo:column-count="{columns}" fo:column-gap="0.6cm"/></style:section-properties></style:style>
<style:page-layout style:name="L"><style:page-layout-properties fo:page-width="14.8cm" fo:page-height="21cm"
fo:margin="1.5cm"/><style:header-style/><style:footer-style/></style:page-layout></office:automatic-styles>
<office:master-styles><style:master-page style:name="Standard" style:page-layout-name="L"><style:header>
<text:p>{HEAD}</text:p></style:header><style:footer><text:p>Page <text:page-number/></text:p></style:footer>
</style:master-page></office:master-styles><office:body><office:text><text:p text:style-name="H">{TITLE}</text:p>
<text:p text:style-name="B">{BYLINE}</text:p><text:section text:style-name="S" text:name="S">{"".join(body)}
</text:section></office:text></office:body></office:document>"""


def latex(options: str = "a5paper", packages: str = "", *, table: bool = False, around: str = "") -> Kind:
    """A paper of LaTeX."""

    def make(path: Path) -> None:
        body = [tex(text) for text in PARAGRAPHS]
        if table:
            lines = r"\\".join(" & ".join(map(tex, row)) for row in ROWS)
            body.insert(3, rf"\begin{{center}}\begin{{tabular}}{{lrr}}{lines}\end{{tabular}}\end{{center}}")
        text = "\n\n".join(body)
        if around:
            text = rf"\begin{{{around}}}{text}\end{{{around.partition('}')[0]}}}"
        with tempfile.TemporaryDirectory() as name:
            (Path(name) / "report.tex").write_text(
                rf"\documentclass[{options}]{{article}}\usepackage[utf8]{{inputenc}}{packages}"
                rf"\title{{{TITLE}}}\author{{{AUTHOR}}}\date{{{DATELINE}}}\begin{{document}}\maketitle "
                rf"{text}\end{{document}}",
                "utf-8",
            )
            run("pdflatex", "-interaction=batchmode", "report.tex", folder=Path(name))
            path.write_bytes((Path(name) / "report.pdf").read_bytes())

    return make


def tex(text: str) -> str:
    """A text as LaTeX writes it."""
    marks = {"“": "``", "”": "''", "’": "'", "£": r"\pounds{}", "%": r"\%", "Æ": r"\AE{}", "ø": r"\o{}"}
    for mark, written in marks.items():
        text = text.replace(mark, written)
    return text


def groff(path: Path) -> None:
    """A paper of troff, in Type 1 fonts, through Ghostscript."""
    marks = {"“": r"\(lq", "”": r"\(rq", "’": "'", "£": r"\[Po]", "ë": r"\[:e]", "ü": r"\[:u]", "Æ": r"\[AE]",
             "ø": r"\[/o]"}  # fmt: skip
    text = "\n.sp\n".join(PARAGRAPHS)
    for mark, written in marks.items():
        text = text.replace(mark, written)
    with tempfile.TemporaryDirectory() as name:
        (Path(name) / "report.tr").write_text(
            f".ll 5i\n.ps 20\n.vs 24\n{TITLE}\n.sp\n.ps 11\n.vs 14\n{BYLINE}\n.sp\n{text}\n", "ascii"
        )
        with (Path(name) / "report.ps").open("wb") as out:
            command = ["groff", "-Tps", "report.tr"]
            subprocess.run(command, cwd=name, stdout=out, check=True)
        run("ps2pdf", "report.ps", str(path.resolve()), folder=Path(name))


def reportlab(columns: int = 1, *, table: bool = False) -> Kind:
    """A document of reportlab's Platypus, with a head and a foot on every page."""

    def make(path: Path) -> None:
        from reportlab.lib.pagesizes import A5
        from reportlab.lib.styles import getSampleStyleSheet
        from reportlab.platypus import BaseDocTemplate, Frame, PageTemplate, Paragraph, Table

        def running(canvas: Any, document: Any) -> None:
            canvas.drawString(40, A5[1] - 25, HEAD)
            canvas.drawRightString(A5[0] - 40, 20, f"{document.page} | Lennfield Courier")

        styles = getSampleStyleSheet()
        styles["BodyText"].alignment = 4
        width = (A5[0] - 80) / columns
        frames = [Frame(40 + one * width, 40, width, A5[1] - 80, id=str(one)) for one in range(columns)]
        document = BaseDocTemplate(str(path), pagesize=A5, title=TITLE, author=AUTHOR)
        document.addPageTemplates(PageTemplate(id="page", frames=frames, onPage=running))
        story: list[Any] = [Paragraph(html.escape(text), styles["BodyText"]) for text in PARAGRAPHS]
        if table:
            story.insert(3, Table(ROWS))
        document.build([Paragraph(TITLE, styles["Title"]), Paragraph(BYLINE, styles["Italic"]), *story])

    return make


def fpdf(path: Path, *, twice: bool = False) -> None:
    """A document of fpdf2 in a font of its own; with `twice`, its headline is made bold by drawing it twice."""
    from fpdf import FPDF

    page = FPDF(format="a5")
    page.set_title(TITLE)
    page.set_author(AUTHOR)
    page.add_font("Serif", "", "/usr/share/fonts/truetype/dejavu/DejaVuSerif.ttf")
    page.add_page()
    page.set_font("Serif", size=18)
    top = page.get_y()
    page.multi_cell(0, 8, TITLE, new_x="LMARGIN", new_y="NEXT")
    if twice:
        below = page.get_y()
        page.set_xy(page.l_margin + 0.15, top)
        page.multi_cell(0, 8, TITLE, new_x="LMARGIN", new_y="NEXT")
        page.set_y(below)
    page.set_font("Serif", size=10)
    for text in (BYLINE, *PARAGRAPHS):
        page.multi_cell(0, 5, text, align="J", new_x="LMARGIN", new_y="NEXT")
        page.ln(2)
    page.output(str(path))


def scan(path: Path, *, recognised: bool = False) -> None:
    """Pictures of pages; with `recognised`, the words that a text recognition found lie invisibly over them."""
    from PIL import Image, ImageDraw
    from reportlab.lib.pagesizes import A5
    from reportlab.lib.utils import ImageReader, simpleSplit
    from reportlab.pdfgen.canvas import Canvas

    lines = [
        line for text in (TITLE, BYLINE, *PARAGRAPHS) for line in [*simpleSplit(text, "Helvetica", 9, 330), ""]
    ]
    canvas = Canvas(str(path), pagesize=A5)
    for start in range(0, len(lines), 40):
        picture = Image.new("L", (840, 1190), 250)
        draw = ImageDraw.Draw(picture)
        for number, line in enumerate(lines[start : start + 40]):
            draw.text((80, 80 + 26 * number), line, fill=20)
        canvas.drawImage(ImageReader(picture), 0, 0, *A5)
        for number, line in enumerate(lines[start : start + 40] if recognised else ()):
            words = canvas.beginText(40, A5[1] - 45 - 13 * number)
            words.setFont("Helvetica", 9)
            words.setTextRenderMode(3)
            words.textOut(line)
            canvas.drawText(words)
        canvas.showPage()
    canvas.save()


def changed(kind: Kind, *, turn: int = 0, lock: str = "") -> Kind:
    """Another PDF with its pages turned, or locked with an empty password."""

    def make(path: Path) -> None:
        from pypdf import PdfWriter, Transformation

        kind(path)
        writer = PdfWriter(clone_from=path)
        for page in writer.pages if turn else ():
            side, other = page.mediabox.width, page.mediabox.height
            page.add_transformation(Transformation().rotate(turn).translate(float(other) if turn == 90 else 0, 0))
            page.mediabox.upper_right = (other, side)
            page.cropbox = page.mediabox
            page.rotate(turn)
        if lock:
            writer.encrypt("", "owner", algorithm=lock)
        writer.write(path)

    return make


BABEL = r"\usepackage[british]{babel}"
HEADS = rf"{BABEL}\usepackage{{fancyhdr}}\pagestyle{{fancy}}\fancyhead[L]{{{HEAD}}}"
SERIF = "body{font:12pt 'DejaVu Serif'} table{border-spacing:2em 0}"
KINDS: dict[str, Kind] = {
    "chromium": chromium(SERIF),
    "chromium-head-and-foot": chromium(SERIF, head=True),
    "chromium-columns": chromium(f"{SERIF} .text{{columns:2;text-align:justify;hyphens:auto}}"),
    "chromium-table": chromium(SERIF, table=True),
    "chromium-initial": chromium(f"{SERIF} .text p:first-child::first-letter{{font-size:3em;float:left}}"),
    "libreoffice": libreoffice(),
    "libreoffice-columns": libreoffice(2),
    "libreoffice-table": libreoffice(table=True, justify=False),
    "libreoffice-tagged": libreoffice(tagged=True),
    "latex": latex(packages=BABEL),
    "latex-columns": latex("a4paper,twocolumn", HEADS),
    "latex-three-columns": latex("a4paper,landscape", rf"{BABEL}\usepackage{{multicol}}", around="multicols}{3"),
    "latex-table": latex(packages=HEADS, table=True),
    "groff": groff,
    "reportlab": reportlab(),
    "reportlab-columns": reportlab(2),
    "reportlab-table": reportlab(table=True),
    "fpdf2": fpdf,
    "fpdf2-drawn-twice": lambda path: fpdf(path, twice=True),
    "turned-90": changed(reportlab(), turn=90),
    "locked-empty-rc4": changed(latex(packages=BABEL), lock="RC4-128"),
    "locked-empty-aes": changed(latex(packages=BABEL), lock="AES-256"),
    "scan": scan,
    "scan-recognised": lambda path: scan(path, recognised=True),
}


def main(arguments: Sequence[str]) -> None:
    """Make every PDF that is not there yet."""
    folder = Path(arguments[0])
    folder.mkdir(parents=True, exist_ok=True)
    for name, kind in KINDS.items():
        path = folder / f"{name}.pdf"
        if not path.exists():
            print(name, flush=True)
            kind(path)


if __name__ == "__main__":
    main(sys.argv[1:])
