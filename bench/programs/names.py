"""Ask Faker for so many names, one at a time; runs in the peers' environment."""

import sys

from faker import Faker

fake = Faker()
fake.seed_instance(7)
for _ in range(int(sys.argv[1])):
    fake.name()
