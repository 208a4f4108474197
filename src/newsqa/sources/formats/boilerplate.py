"""What stands in an article file and is not the report: adverts, links, credits, bylines, captions.

Each test looks at one line or paragraph. Patterns are anchored and bounded; the marketing score counts signs
and needs the reader to be addressed, because news about subscriptions and discounts is news.
"""

from __future__ import annotations

import re

_LOOK = 600

_ALWAYS = re.compile(
    r"""(?ix)^[\s"'“‘(\[*_>•–—-]{0,6}(?:
    (?:read|see|watch|listen|more\ from|more\ on)\b(?:\ (?:more|also|next|now|full
      |the\ full|our|this|related)\b)?[^.:!?\n]{0,40}:
    | (?:read|see)\ (?:more|also|next|the\ full\ (?:article|story|report))\b.{0,160}$
    | watch\ (?:the\ )?(?:full\ )?(?:video|featured|live|now)\b.{0,120}$
    | (?:more|related|also|recommended|in\ depth|explainer|analysis|opinion|live\ updates|fact\ check
      |gallery|photos|in\ pictures|video|watch|podcast|factbox)\ ?:\s*\S.{0,200}$
    | related(?:\ (?:stories|articles|reading|content|coverage|links|topics|news))?\s*:?$
    | (?:more\ (?:on\ this\ story|stories|news|from\ .{2,40})|most\ (?:read|popular|viewed)|recommended
      |you\ (?:may|might)\ also\ like|trending(?:\ now)?|top\ stories|don['’]t\ miss
        |editor['’]?s['’]?\ (?:picks|choice)|what\ to\ read\ next|latest\ news)\s*:?$
    | (?:advertisement|advert|anzeige|werbung|sponsored(?:\ content)?|promoted(?:\ content)?
      |story\ continues\ below.{0,40}|article\ continues\ (?:below|after).{0,40}
        |continue\ reading.{0,60}|skip\ (?:ad|advertisement|past).{0,60}|ad)\s*[:.]?$
    | (?:sign[\ -]up|subscribe|register)\b.{0,60}\b(?:newsletter|newsletters|alerts?|emails?|updates
      |inbox|app|channel|podcast|briefing|digest|here|today|now|us|free|to)\b
    | follow\ (?:us|me|him|her|them|our|@|live\ updates|the\ latest|along)\b.{0,200}$
    | follow\ \S.{0,80}\bon\ (?:twitter|x|facebook|instagram|bluesky|threads|tiktok|youtube|telegram
      |linkedin|mastodon|@)
    | (?:like|join|find|visit|connect\ with)\ us\ (?:on|at)\b
    | (?:click|tap)\ (?:here|on|the|below)\b
    | (?:download|get)\ (?:the|our)\ (?:\S+\ ){0,4}app\b
    | (?:all\ rights\ reserved|copyright\ (?:©|\(c\)|\d{4}|by\b|the\b)|©|\(c\)\ (?:copyright|\d{4})
      |this\ (?:material|content)\ may\ not\ be\ (?:published|reproduced))
    | (?:share|comments?|print|email|save|share\ this(?:\ \S+){0,4}|leave\ a\ comment|back\ to\ top
      |page\ \d+|view\ comments|tweet|whatsapp|bookmark|close|menu|skip\ to\ (?:main\ )?content
        |\d+\ comments?|share\ on\ .{2,30})\s*:?$
    | (?:contributing|contributors?|contributed\ by|additional\ reporting(?:\ by)?
      |with\ reporting\ (?:by|from)|editing\ by|writing\ by|compiled\ by|translated\ (?:from|by)
        |with\ (?:inputs|material|files)\ from)\b(?:\ ?:|\ (?=(?-i:[A-Z])|the\ (?-i:[A-Z])))
    | reporting\ by\ (?-i:[A-Z])[^.]{0,200}(?:;|\bediting\b|\bwriting\b).{0,100}$
    | reporting\ by\ (?:(?:(?-i:[A-Z])[\w.'’-]*|and|in|the),?\ ?){1,12}\.?$
    | (?:this|our)\ (?:story|article|post|page)\ (?:has\ been|was|is\ being
      |will\ be)\ (?:last\ )?(?:updated|corrected|amended|edited)\b
    | (?:this|our)\ (?:story|article|report|piece)\ (?:was\ |has\ been\ )?(?:first
      |originally)\ (?:appeared|published|ran|written)\b
    | (?:from|with)\ (?:\S+\ ){1,5}and\ wire\ (?:reports|services)
    | (?:tags?|topics?|keywords?|categor(?:y|ies)|filed\ under|share|photo\ gallery|live\ blog)\ ?:\s*\S
    | (?:need|want)\ a\ (?:\S+\ )?break\?
    | (?:terms\ (?:of\ use|and\ conditions|of\ service)|privacy\ (?:policy|notice)|cookie\ (?:policy
      |settings))\b.{0,80}$
    | thank\ you\ for\ (?:reading|supporting|subscribing)\b
    | prices\ were\ accurate\ at\ the\ time
    | (?:purchases\ you\ make|we\ may\ (?:earn|receive)|recommendations\ are\ independently\ chosen)\b
    )"""
)
_ANYWHERE = re.compile(
    r"(?i)\ball rights reserved\b|\bcontributed to this (?:report|story|article)\b"
    r"|\bassociated press contributed\b"
    r"|\bmay not be (?:published|reproduced), (?:broadcast|rewritten)"
)
_INVITES = re.compile(r"(?i)\bread more (?:here|at)\b|\bclick here\b")
_CREDITS = re.compile(
    r"(?i)\((?:reporting|additional reporting|writing|editing|compiled|graphic"
    r"|created)\b[^()\n]{0,300}\)\s*$"
    r"|^.{0,120};\s*(?:editing|writing|additional reporting) by [^.\n]{2,120}\.?\)?$"
)
_NOTE = re.compile(
    r"(?i)^\((?:this story|this article|corrects|corrected|updates|adds|refiles|recasts"
    r"|removes|excerpt)\b[^\n]{0,200}\)?$"
)
_CONTACT = re.compile(
    r"(?i)\b(?:reach|contact|e-?mail|follow|tweet)\s+(?:him|her|them|us|me|the (?:author|writer"
    r"|reporter|team)|"
    r"(?-i:[A-Z])[\w.'’-]{1,24}(?: (?-i:[A-Z])[\w.'’-]{1,24}){0,3})\s+(?:at|on|via|through|by)\b"
    r"|\bcan be (?:reached|contacted|followed) (?:at|on|via|by)\b|^(?:twitter|x|instagram|e-?mail"
    r"|facebook)\s*:\s*\S"
    r"|\b(?:reach|contact|e-?mail|say hello|write to|questions\?)\b[^\n]{0,60}\s?[\w.+-]{1,40}@[\w-]{1,40}\.\w"
)
_END = re.compile(
    r"(?i)^[\s(\[#*_-]{0,6}(?:ends?|-30-|30|enditem|more to (?:come"
    r"|follow))[\s)\]#*_.-]{0,6}$"
)
_SIGNATURE = re.compile(r"^(?:--|—|–|−|-)\s?(?:[A-Z][\w.'’-]{0,24}[ ,]{0,2}){1,5}(?:and [A-Z][\w.'’ -]{1,40})?$")

_BYLINE = re.compile(
    r"(?i)^(?:by|reported by|written by|story by|words by|from our correspondent)\b:?\s+(?-i:[A-Z@])[^\n]{1,110}$"
)
_NAMED_BY = re.compile(
    r"(?i)(?:by|reported by|written by|story by|words by)\b:?\s+"
    r"((?-i:[^\W\d_a-z])[^\W\d_]*[\w.’' -]{0,40}?(?:,? and (?-i:[^\W\d_a-z])[\w.’' -]{0,40}?)?)"
    r"(?=\s*(?:[,|•(–—\n]|\Z))"
)
_HEADER = re.compile(
    r"(?i)^(?:(?:first published|published|posted|updated|last updated|last modified)\b\s*:?\s+(?:on "
    r"|at )?[^\n]{0,9}\d"
    r"[^\n]{0,100}$|(?:published|date|issued|released|created|source|author|byline|section|location"
    r"|reading time|"
    r"estimated reading time|language|url|link|correspondent|updated|slug|priority"
    r"|urgency)\s?:\s*\S[^\n]{0,120}$"
    r"|\d{1,3}[ -]min(?:ute)?s?(?: read)?$|\d{1,2}:\d{2}[^\n]{0,40}$)"
)
_CAPTION = re.compile(
    r"(?i)^[\s(\[*_]{0,4}(?:photos?|photograph|pictures?|image|foto|bild|caption|graphic|illustration"
    r"|video still|screenshot)(?:\s*[:(]|\s+[-–—/]\s|/|\s+(?:by|credit|courtesy)\b)"
    r"|^[\s(\[*_]{0,4}(?:file|archive|handout|undated|combination) (?:photo|picture|image|pic)s?\b"
    r"|^[\s(\[*_]{0,4}file\s?(?:--|-|–|—)\s"
    r"|^[\s(\[*_]{0,4}(?:in this (?:\S+ ){0,4}(?:photo|picture|image))\b"
)
_CREDITED = re.compile(
    r"(?i)(?:[(\[|/]|\b(?:photo|image|picture|credit|foto)s?\s*(?:by|:|credit:?)|©)\s{0,2}[^()\n]{0,60}"
    r"(?:getty images|getty|/ ?ap|ap photo|associated press|afp|reuters|epa|shutterstock|istock|alamy"
    r"|picture alliance|"
    r"wikimedia(?: commons)?|unsplash|handout|file photo|file picture)[^()\n]{0,24}[)\]]?\.?$"
    r"|\((?:photo|picture|image|foto|file)\b[^()\n]{0,80}\)\.?$|\b(?:photo|picture|image|credit"
    r"|foto): [^.\n]{2,60}$"
)
_SLASHED = re.compile(
    r"\w/(?:AP|AFP|Reuters|REUTERS|EPA|Getty|Getty Images|Shutterstock|dpa|CNN"
    r"|Bloomberg)$"
)

_IMPERATIVE = re.compile(
    r"(?i)^[\s*_>•–—+-]{0,6}(?:enjoy|get|try|subscribe|sign|join|discover|read|download|save|start"
    r"|become|support|buy|order|"
    r"shop|claim|register|unlock|explore|stay|don['’]t|never|check|click|visit|upgrade|choose|watch"
    r"|listen|follow|book|"
    r"grab|test|activate|secure|take|receive|help|donate|give|make|make sure|switch|treat|benefit"
    r"|experience|bleiben|"
    r"jetzt|lesen|testen|abonnez|suscríbete)\b"
)
_TEASER = re.compile(
    r"(?i)^(?:want|looking for|need|would you like|interested|like what|enjoyed|love|do you|are you"
    r"|not a (?:subscriber|member)|"
    r"already a|have you|for (?:only|just)|only|just|now|new|limited|special|exclusive|today only"
    r"|all the news|the best)\b"
)
_SALES = re.compile(
    r"(?i)\b(?:subscri(?:be|ber|bers|ption|ptions)|newsletters?|unlimited|free trial|trial|offers?"
    r"|discounts?|deals?|"
    r"first (?:month|week|year|three months)|(?:a|per) (?:month|week|year)|ad[- ]free|our app|inbox"
    r"|sign(?:ing)? up|"
    r"digital access|full access|premium|e-?paper|members?hips?|vouchers?|promo(?:tion)?|coupons?"
    r"|cancel any ?time|"
    r"terms apply|today only|limited time|click|tap here|for free|free|save \d+|bonus|gift|sale"
    r"|bestsellers?|alerts|"
    r"journalism|become a member|price of"
    r"|all (?:our |the )?articles|months|weeks|abonnement|abonnieren|abo|gratis|s'abonner|suscripción)\b"
)
_PRICE = re.compile(
    r"(?i)(?:[$€£]\s?\d|\b\d+(?:[.,]\d+)?\s?(?:euros?|dollars?|pounds?|cents?|usd|eur|%|percent)\b)"
)
_ADDRESSED = re.compile(r"(?i)\b(?:you|your|yours|our|us|we)\b")


def is_boilerplate(text: str, *, near_end: bool) -> bool:
    """Whether a line or paragraph is an advert, a link, a credit or a notice; `near_end` lowers the bar."""
    head = text[:_LOOK].strip()
    if not any(one.isalnum() for one in head):
        return True
    quoted = head[:1] in '"“‘«„'
    if len(text) <= 400 and _ALWAYS.match(head) and not quoted:
        return True
    if len(text) <= 400 and (_ANYWHERE.search(head) or _CREDITS.search(head) or _NOTE.match(head)):
        return True
    if len(text) <= 140 and _INVITES.search(head):
        return True
    if _END.match(head) or _SIGNATURE.match(head):
        return True
    if near_end and len(text) <= 500 and _CONTACT.search(head):
        return True
    return not quoted and len(text) <= 400 and marketing(head) >= (3.0 if near_end else 3.5)


def marketing(text: str) -> float:
    """How strongly a text sells something to its reader; 0 unless it addresses them."""
    imperative = bool(_IMPERATIVE.match(text))
    exclaims = text.rstrip("*_) ").endswith("!")
    addressed = bool(_ADDRESSED.search(text))
    teaser = bool(_TEASER.match(text))
    if not (imperative or (exclaims and len(text) <= 160) or (addressed and teaser)):
        return 0.0
    words = min(4, len({found.lower() for found in _SALES.findall(text)}))
    if not words:
        return 0.0
    price = bool(_PRICE.search(text))
    return 1.5 * imperative + 1.0 * exclaims + 0.5 * addressed + 0.5 * teaser + words + 0.75 * price


def is_header(text: str) -> bool:
    """Whether a line at the top says who wrote the report, when, or where it comes from."""
    return len(text) <= 160 and bool(is_byline(text) or _HEADER.match(text))


def is_byline(text: str) -> bool:
    """Whether a line is `By` and a name."""
    return len(text) <= 120 and text[-1:] not in (".", "!", "?") and bool(_BYLINE.match(text))


def byline_name(text: str) -> str:
    """Who wrote the report, by its byline; empty for a line that is none."""
    found = _NAMED_BY.match(text) if is_byline(text) else None
    return found[1].strip() if found else ""


def is_caption(text: str) -> bool:
    """Whether a line is the caption or the credit of a picture."""
    return len(text) <= 400 and bool(
        _CAPTION.match(text) or _CREDITED.search(text[-140:]) or _SLASHED.search(text[-60:])
    )


def opens_links(text: str) -> bool:
    """Whether a line announces a list of links to other stories."""
    return bool(_LINKS.match(text.strip()))


_LINKS = re.compile(
    r"(?i)^[\s*_#]{0,4}(?:related(?:\ (?:stories|articles|reading|content|coverage|links|news))?"
    r"|read (?:more|also|next)|see also|"
    r"more (?:on this story|stories|news|from .{2,40})|most (?:read|popular|viewed)|recommended"
    r"|you (?:may|might) also like|"
    r"trending(?: now)?|top stories|don['’]t miss|what to read next|editor['’]?s['’]? picks)[\s*_:]{0,4}$"
)
