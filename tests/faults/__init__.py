"""The fault harness: small campaigns, real worker processes, faults and kills, and the books compared."""
