"""The parts of the page that know nothing of Gradio: its HTML, its conversation and the files sent to it."""
