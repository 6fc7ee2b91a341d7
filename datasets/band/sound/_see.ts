import { Buffer } from "node:buffer";
import FFT from "fft.js"; import sharp from "sharp";
import { drawSound, openSounds, scene, THINGS, strokesOf, type Scene } from "../mod.ts";
const bank=(Deno.args[0] ?? "training") as "training"|"unseen";
const sounds=await openSounds({bank});
const W=250,H=96; const fft=new FFT(512);
function spec(x:Float32Array){ const img=new Uint8Array(W*H*3); const out=fft.createComplexArray();
 for(let f=0;f<W;f++){ const buf=new Array(512).fill(0); for(let i=0;i<512;i++){const j=f*128+i-256; if(j>=0&&j<32000) buf[i]=x[j]!*(0.5-0.5*Math.cos(2*Math.PI*i/512));} fft.realTransform(out,buf);
  for(let y=0;y<H;y++){ const mel=(y+0.5)/H*2840, hz=700*(10**(mel/2595)-1); const b=hz/31.25; const b0=Math.floor(b); let p=0; for(let k=b0;k<=b0+1;k++) p=Math.max(p,out[2*k]!**2+out[2*k+1]!**2); const db=Math.max(0,Math.min(1,(10*Math.log10(p+1e-9)+30)/70)); const o=3*((H-1-y)*W+f); img[o]=Math.min(255,db*3*255*0.6); img[o+1]=Math.max(0,(db-0.35)*1.5*255); img[o+2]=db<0.5?db*2*160:160*(1-db)*2; } }
 for(let s=0;s<16;s++) for(let y=0;y<4;y++) {const f=Math.round(s*2000/128); img.set([0,255,0],3*(y*W+f));}
 return img; }
const comp:any[]=[]; let n=0; const per=6;
for(const t of THINGS){ const takes=t.sound.programs.length+t.sound.drumKeys.length; 
 const row=THINGS.indexOf(t)%6, sheet=Math.floor(THINGS.indexOf(t)/6);
 comp[sheet]??=[];
 for(let c=0;c<per;c++){ const base=scene("train",c,{things:[t.name]}); const counts=[1,3,4,4,2,4] as const; const count=counts[c]!; const reg=(["low","middle","high"] as const)[c%3]!;
  const rhythm=([[2],[1,6,11],[0,3,6,9],[1,4,9,13],[2,10],[0,4,8,12]] as const)[c]!;
  const s:Scene={...base,count,rhythm,register:t.pitched?reg:undefined,contour:t.pitched&&count>1?(["rising","falling","steady"] as const)[[0,0,1,2,0,1][c]!]:undefined,performance:{...base.performance,take:((c%takes)+0.5)/takes,velocities:[.9,.7,1,.8]}};
  const img=spec(drawSound(s,sounds).data);
  comp[sheet].push({input:img,raw:{width:W,height:H,channels:3},left:c*(W+6),top:row*(H+18)+14});
  comp[sheet].push({input:Buffer.from(`<svg width="250" height="14"><text x="2" y="11" font-size="11" fill="white">${t.name} t${c%takes} ${s.register??""} ${s.contour??""} k${strokesOf(s).map(q=>q.key).join(",")}</text></svg>`),left:c*(W+6),top:row*(H+18)});
 }}
for(let i=0;i<4;i++) await sharp({create:{width:per*(W+6),height:6*(H+18),channels:3,background:"#222"}}).composite(comp[i]).png().toFile(`/tmp/sounds/${bank}${i}.png`);
