import sys,yaml
L=sys.argv[1]
head=open(f'/tmp/questions/{L}.yaml').read().split('rows:')[0]
M={'t':'true','f':'false','u':'unclear','dk':'dont-know','r':'refused'}
out=[head+'rows:\n'];cries=[]
sec='r';import os
for fn in (f'{L}.txt',f'{L}2.txt'):
  sec='r'
  if not os.path.exists(fn): continue
  for line in open(fn):
    line=line.rstrip('\n')
    if not line.strip(): continue
    if line=='CRIES': sec='c';continue
    if sec=='r':
        q,rest=line.split(' ',1); t,l=rest.rsplit(' = ',1); l=M.get(l,l)
        import json
        out.append(f'  - [{q}, {json.dumps(t,ensure_ascii=False)}, {l}]\n')
    else:
        t,l=line.rsplit(' = ',1)
        cries.append(f'  - [{json.dumps(t,ensure_ascii=False)}, [{l if l!="0" else ""}]]\n')
open(f'/work/main/tests/replies/tuning/{L}.yaml','w').write(''.join(out)+'cries:\n'+''.join(cries))
