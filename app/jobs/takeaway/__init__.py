"""What a brand or an NGO takes away: tables, codebooks and reports, made from published figures and nothing else."""
