"""Pages for the people of a shop, on the process that answers: the tasks, try it, live, the model's card.

They read what the service's routes and the files of the run say, and need no network.
"""

from banian.studio.pages import build_pages as build_pages
