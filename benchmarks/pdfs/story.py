"""The report that every PDF of the benchmark holds; invented."""

from __future__ import annotations

TITLE = "Harbour office counts the cost of a flood that nobody in the district had foreseen"
AUTHOR = "Maren Oldfield"
DAY = "2024-03-12"
DATELINE = "12 March 2024"

_TEXT = """
The harbour office of Lennfield said on Tuesday that the flood of last week had done damage worth £1.5m to its
quays, a figure that is five times as high as the first estimate. Its director, Zoë Müller, called the night
of the flood “the most difficult one in the history of this office”.

The water rose by 3.4 metres between 7.30 p.m. and midnight. Officials had expected a rise of no more than
half a metre, because the well-known flood gates at Ærø Point were thought to be sufficient. They were not:
two of the five gates did not close, and a third was lifted off its hinges by a drifting ferry.

“We had a first-rate plan for a fire and none for a flood,” said Ms. Müller at a crowded meeting in the fish
hall. “That was my mistake, and I shall not blame the staff for it. What we need now is money, and we need it
before the storms of autumn.”

The district council has set aside 400,000 pounds for the most urgent repairs. Councillor Iain Rafferty, who
chairs its finance committee, said the rest would have to come from the government in the capital, which has
so far not replied to three letters. He denied that the council had been warned about the gates.

A report of engineers from 2019, seen by this newspaper, says otherwise. It describes the hinges as
“insufficient and in part corroded”, and it recommends that they be replaced within two years. The report was
sent to the council, to the harbour office and to the insurers, according to a list at its end.

The insurers, Northern Mutual Marine, declined to comment. A spokeswoman said only that the company was
looking into every claim and that its offer would follow in mid-April. Shopkeepers along the quay, most of
whom are uninsured, have begun to clean their cellars with borrowed pumps and the help of schoolchildren.

Among them is Tofik Aliyev, 58, whose coffee house has stood beside the office since 1991. He lost his ovens,
his flour and two freezers. “I shall reopen in a fortnight, with whatever I have,” he said. “People here want
coffee more than they want an inquiry, but they will get both.”

The inquiry is to begin on 2 April under a retired judge, Efua Lindqvist. She has asked for all letters
between the council and the harbour office since 2015, and for the logs of the gates. Her findings are
expected before the end of the year. Until then, the office said, ships of more than 3,000 tonnes will be sent
to Skerrick.

Fishermen fear that they will not come back. The fleet of Skerrick has grown by 12.5 per cent in five years,
while that of Lennfield has shrunk. “A ship that has found another harbour keeps it,” said Annika
Vasquez-Holm, who speaks for the forty-one families that still live from fishing.

The ferry that broke the gate, the Saint Olaf, has been towed to a yard in Kestwick. Its owners said that its
moorings had been inspected in February and that an off-duty officer had checked them twice on the evening of
the flood. The yard will decide within a week whether the ship can be repaired.
"""
PARAGRAPHS = tuple(" ".join(paragraph.split()) for paragraph in _TEXT.split("\n\n"))
ROWS = (
    ("Quay", "Damage in 2024", "Estimate of 2019"),
    ("North quay", "610,000", "120,000"),
    ("South quay", "540,000", "95,000"),
    ("Fish hall", "350,000", "85,000"),
)
"""The table that some of the PDFs hold after the third paragraph."""
